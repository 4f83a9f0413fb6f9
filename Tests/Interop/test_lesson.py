"""What makes a call a lesson: recording by consent, the talk meter, and the person's own language."""

from person import PHONE


def test_a_recording_is_asked_for_marked_and_taken_back(call):
    house, mia, sam = call
    assert not sam.page.is_visible("#record-button")
    mia.click("Record")
    for one in (mia, sam):
        one.sees("May your voice be recorded?")
        assert one.eval("instruments.faint()") == [] and one.eval("instruments.nameless()") == []
    mia.page.click("#consent-yes")
    mia.until("document.querySelector('#recording-mark').dataset.state === 'waiting_for_consent'")
    sam.page.click("#consent-yes")
    for one in (mia, sam):
        one.until("document.querySelector('#recording-mark').dataset.state === 'recording'")
        assert one.page.is_visible("#recording-mark")
        one.until("document.getAnimations().length === 0")
        assert one.eval("instruments.faint()") == []
    sam.click("People")
    sam.click("Take consent back")
    sam.until("document.querySelector('#consent-button').textContent === 'Agree to recording'")
    mia.click("Record")
    for one in (mia, sam):
        one.until("document.querySelector('#recording-mark').hidden")
        one.sees_the_other()


def test_who_says_no_is_not_recorded(call):
    house, mia, sam = call
    mia.click("Record")
    sam.sees("May your voice be recorded?")
    sam.page.keyboard.press("Escape")
    sam.until("!document.querySelector('#consent-dialog').open")
    mia.page.click("#consent-yes")
    sam.click("People")
    sam.sees("Agree to recording")
    assert mia.eval("document.querySelector('#recording-mark').dataset.state") == "waiting_for_consent"


def test_the_talk_meter_shows_both_shares(house, person):
    mia = person(house.link("Mentor"), size=PHONE).ready().join()
    sam = person(house.link("Student")).ready().join()
    for one in (mia, sam):
        one.sees_the_other()
        one.eval("""import("/call/common.js").then(({ call: { room } }) => {
          room.emit("talk", { participants: [
            { participant: room.self.id, share: 0.62, seconds: 41.5, turn: 3.2 },
            { participant: [...room.participants.keys()][0], share: 0.38, seconds: 25, turn: 0 }] });
          // The server's own meter may speak next.
          window.shown = document.querySelector("#talk").ariaLabel;
        })""")
    assert mia.eval("shown") == "Talk time: You 62 %, Sam 38 %"
    assert sam.eval("shown") == "Talk time: You 62 %, Mia 38 %"
    for one in (mia, sam):
        one.until("document.querySelectorAll('#talk .part').length > 0")
    assert not mia.eval("instruments.sticksOut()")


def test_the_page_speaks_the_language_of_the_browser(house, person):
    for language, title in (("de-AT", "Bereit?"), ("es", "¿Todo listo?"), ("fr", "Prêt à entrer ?"),
                            ("nl", "Ready to join?")):
        visitor = person(house.link("Student"), locale=language).ready()
        visitor.sees(title)
        assert visitor.eval("document.documentElement.lang") == (language[:2] if language != "nl" else "en")
        assert visitor.eval("instruments.nameless()") == []


def test_every_word_is_there_in_every_language(house, person):
    visitor = person(house.cable.url + "/")
    assert visitor.eval("""import("/call/words.js").then(({ WORDS, LANGUAGES }) => Object.entries(WORDS)
      .filter(([, texts]) => texts.length !== LANGUAGES.length || texts.some((text) => !text))
      .map(([key]) => key))""") == []
