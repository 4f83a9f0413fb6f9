// Charts as SVG, by hand: lines over the last two minutes, and bars of load. Each says its newest value in words for who
// cannot see it.

const SPACE = "http://www.w3.org/2000/svg";

export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Lines of up to 120 points from right to left; `update([[…], […]])`. `most` fixes the scale, else the largest does. */
export function lines({ label, most, least = 0, classes = ["one"], bound }) {
  const [width, height] = [240, 56];
  const paths = classes.map((name) => s("path", { class: `line ${name}` }));
  const area = s("path", { class: `area ${classes[0]}` });
  const limit = bound === undefined ? [] : [s("path", { class: "bound" })];
  const chart = s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img" },
    area, ...limit, ...paths);
  chart.ariaLabel = label;
  chart.update = (series, words) => {
    const top = most ?? Math.max(1, ...series.flat()) * 1.1;
    const x = (index, count) => width - ((count - 1 - index) * width) / 119;
    const y = (value) => height - 2 - ((Math.min(value, top) - least) / (top - least)) * (height - 4);
    const path = (points) => points.map((value, index) =>
      `${index ? "L" : "M"}${x(index, points.length).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    series.forEach((points, index) => paths[index].setAttribute("d", path(points)));
    const first = series[0] ?? [];
    area.setAttribute("d", first.length > 1
      ? `${path(first)}L${width} ${height}L${x(0, first.length).toFixed(1)} ${height}Z` : "");
    if (limit[0]) limit[0].setAttribute("d", `M0 ${y(bound()).toFixed(1)}H${width}`);
    chart.ariaLabel = words ? `${label}: ${words}` : label;
  };
  return chart;
}

/** How much of something is used, up to a bound. */
export function gauge(label) {
  const fill = s("rect", { class: "fill", height: 12, width: 0 });
  const mark = s("rect", { class: "mark", width: 0.6, height: 12, x: 0 });
  const chart = s("svg", { class: "gauge", viewBox: "0 0 100 12", preserveAspectRatio: "none", role: "img" },
    s("rect", { class: "ground", width: 100, height: 12 }), fill, mark);
  chart.ariaLabel = label;
  chart.update = (value, bound, words) => {
    fill.setAttribute("width", Math.min(100, value * 100).toFixed(1));
    fill.setAttribute("class", `fill ${value >= bound ? "bad" : value >= bound * 0.8 ? "fair" : "good"}`);
    mark.setAttribute("x", (bound * 100).toFixed(1));
    chart.ariaLabel = `${label}: ${words}`;
  };
  return chart;
}
