// What matching counts.

extension Metrics {
  package static let queueTickets = Gauge("tandem_queue_tickets", "People with a ticket in the queue.")
  package static let matchesOffered = Counter(
    "tandem_matches_offered_total", "Matches that people were asked about.")
  package static let matchesMade = Counter("tandem_matches_total", "Matches to which everybody agreed.")

  package static let noShows = Counter(
    "tandem_no_shows_total", "Booked sessions to which somebody did not come.")
  package static let ratings = Counter(
    "tandem_ratings_total", "Ratings of one person by another after a session, changes of one included.")

  static let matching: [any Metric] = [queueTickets, matchesOffered, matchesMade, noShows, ratings]
}
