// What matching counts.

extension Metrics {
  package static let queueTickets = Gauge("tandem_queue_tickets", "People with a ticket in the queue.")
  package static let matchesOffered = Counter(
    "tandem_matches_offered_total", "Matches that people were asked about.")
  package static let matchesMade = Counter("tandem_matches_total", "Matches to which everybody agreed.")

  static let matching: [any Metric] = [queueTickets, matchesOffered, matchesMade]
}
