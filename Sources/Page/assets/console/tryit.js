// Try it: two people in a room, a window each, side by side; and the lines that put the same into a page of one's own.

import { call, live } from "./api.js";
import { t } from "./language.js";
import { button, code, h } from "./parts.js";

const PEOPLE = [["mentor", "mia", "Mia"], ["student", "sam", "Sam"]];

const example = (token) => `<video id="other" autoplay playsinline></video>
<script type="module">
  import { connect, openDevice } from "${location.origin}/tandem.js";
  const token = "${token ?? "…"}";
  const [microphone, camera] = await Promise.all([openDevice("microphone"), openDevice("camera")]);
  const room = await connect({ url: "${location.origin}", token, tracks: { microphone, camera } });
  room.addEventListener("media", ({ detail }) =>
    room.attach(document.querySelector("#other"), detail.participant));
  addEventListener("pagehide", () => room.leave());
</script>`;

export function tryIt(main) {
  main.append(h("h1", { tabindex: -1 }, t("try")));
  if (!live.dev) {
    main.append(h("section", { class: "card stack" }, h("p", {}, t("try.dev")), h("p", {}, t("try.mint")),
      block(`tandem token create --identity mia --name Mia --room algebra-7 --role mentor
tandem token create --identity sam --name Sam --room algebra-7 --role student`),
      h("p", {}, t("try.http")), block(`curl -X POST ${location.origin}/v1/tokens -H "Authorization: Bearer $TOKEN" \\
  -d '{"identity": "mia", "name": "Mia", "room": "algebra-7", "role": "mentor"}'`),
      h("p", {}, t("try.link"), " ", code(`${location.origin}/#token=…`))), lines());
    return;
  }
  const links = h("div", { class: "stack" });
  const room = h("input", { name: "room", value: "try-it", maxlength: 128, required: true, pattern: "[A-Za-z0-9\\-_.~:@+]+",
    autocomplete: "off" });
  const shown = lines();
  const form = h("form", { class: "row find", submit: (event) => event.preventDefault() },
    h("label", {}, h("span", {}, t("room.word")), room),
    button(t("try.make"), async () => {
      if (!form.reportValidity()) return;
      const made = await Promise.all(PEOPLE.map(([role, identity, name]) =>
        call("POST", "/v1/tokens", { identity, name, role, room: room.value.trim() })));
      links.replaceChildren(h("p", {}, t("try.open")), h("div", { class: "row" }, PEOPLE.map(([role], index) =>
        h("button", { type: "button", class: "primary", click: () => open(made[index].token, index) }, t(`try.${role}`)))));
      links.querySelector("button").focus();
      shown.update(made[1].token);
    }, "primary"));
  main.append(h("section", { class: "card stack" }, h("p", {}, t("try.text")), form, links), shown);
}

/** On its own half of the screen. Without an opener: a window of its own shares no session storage with the console. */
function open(token, index) {
  const half = Math.floor(screen.availWidth / 2);
  window.open(`/#token=${token}`, "_blank",
    `popup,noopener,left=${index * half},top=0,width=${half},height=${screen.availHeight}`);
}

const block = (text) => h("pre", { tabindex: 0 }, code(text));

function lines() {
  const pre = block(example());
  const section = h("section", { class: "card stack" }, h("h2", {}, t("try.lines")), h("p", { class: "quiet" }, t("try.lines.text")), pre);
  section.update = (token) => (pre.firstElementChild.textContent = example(token));
  return section;
}
