"""Line charts as SVG, drawn by hand: no library, the same bytes for the same figures."""

import math
from html import escape

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 50, 55
COLOURS = ["#1f5fa8", "#c0392b", "#2e8b57", "#8e44ad", "#b8860b", "#34495e"]


def ticks(low: float, high: float, is_log: bool) -> list[float]:
    if is_log:
        return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
                if low * 0.999 <= 10.0**power <= high * 1.001] or [low, high]
    step = 10 ** math.floor(math.log10((high - low) / 4 or 1))
    while (high - low) / step > 6:
        step *= 2
    first = math.ceil(low / step)
    return [step * number for number in range(first, math.floor(high / step) + 1)]


def line_chart(
    title: str, x_name: str, y_name: str, series: dict[str, list[tuple[float, float]]], log_x: bool = False,
    log_y: bool = False,
) -> str:
    points = [point for line in series.values() for point in line]
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_low, y_high = (min(y for _, y in points), max(y for _, y in points))
    if log_y:
        y_low, y_high = 10 ** math.floor(math.log10(y_low)), 10 ** math.ceil(math.log10(y_high))
    else:
        y_low, y_high = 0, y_high * 1.1 or 1
    x_high = x_high if x_high > x_low else x_low + 1
    y_high = y_high if y_high > y_low else y_low * 10 + 1

    def place(value: float, low: float, high: float, is_log: bool) -> float:
        return (math.log(value / low) / math.log(high / low)) if is_log else (value - low) / (high - low)

    def x_of(value: float) -> float:
        return LEFT + place(value, x_low, x_high, log_x) * (WIDTH - LEFT - RIGHT)

    def y_of(value: float) -> float:
        return HEIGHT - BOTTOM - place(value, y_low, y_high, log_y) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
    ]
    for tick in ticks(x_low, x_high, log_x):
        x = x_of(tick)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:,.6g}</text>')
    for tick in ticks(y_low or 1e-9, y_high, log_y) if log_y else ticks(y_low, y_high, False):
        y = y_of(tick)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,.6g}</text>')
    parts.append(f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#444"/>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 14}" text-anchor="middle">{escape(x_name)}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="18" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 18 {middle:.0f})">{escape(y_name)}</text>')
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{'M' if index == 0 else 'L'}{x_of(x):.1f} {y_of(y):.1f}" for index, (x, y) in enumerate(line))
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        y = TOP + 10 + number * 20
        parts.append(f'<path d="M{WIDTH - RIGHT + 14} {y}h20" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 40}" y="{y + 4}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
