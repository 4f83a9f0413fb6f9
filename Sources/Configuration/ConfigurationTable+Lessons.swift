// The keys about booked sessions: what happens around their time.

extension ConfigurationTable {
  static let lessons: [Key] = [
    .duration(
      "sessions.earlyEntry", \.sessions.earlyEntry, .zero...(.seconds(7 * 24 * 3600)), .live,
      "How long before its start people may enter a booked session; 0 lets them in at any time."),
    .duration(
      "sessions.lateAfter", \.sessions.lateAfter, .zero...(.seconds(24 * 3600)), .live,
      "Who first comes so long after the start is told of as late (`session.late`); 0 tells of nobody."),
    .duration(
      "sessions.noShowAfter", \.sessions.noShowAfter, .zero...(.seconds(24 * 3600)), .live,
      "Who has not come so long after the start is told of as absent (`session.no_show`); 0 tells of nobody."),
    .list(
      "sessions.reminders", \.sessions.reminders, .span, atMost: 8, .live,
      "How long before the start of a booked session the event `session.reminder` is sent."),
    .duration(
      "sessions.endWarning", \.sessions.endWarning, .zero...(.seconds(3600)), .live,
      "How long before the planned end those in the room are told; 0 tells nobody."),
    .duration(
      "sessions.mentorExtension", \.sessions.mentorExtension, .zero...(.seconds(24 * 3600)), .live,
      "By how much moderators may lengthen a booked session from the call, in all; 0 leaves it to the platform."
    ),
    .duration(
      "sessions.ratingWindow", \.sessions.ratingWindow, .zero...(.seconds(365 * 24 * 3600)), .live,
      "How long after a session people may rate each other, and change what they said."),
  ]
}
