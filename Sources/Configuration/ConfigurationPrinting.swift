// Values as text: for `config print`, for differences at a reload, for the sample file and the reference.

extension Key {
  /// The value for people, secrets masked.
  package func text(of settings: Settings) -> String {
    switch get(settings) {
    case .text(let text): text
    case .integer(let integer): String(integer)
    case .boolean(let boolean): boolean ? "true" : "false"
    case .duration(let duration): Quantity.text(duration)
    case .bytes(let count): Quantity.text(bytes: count)
    case .list(let list): list.joined(separator: ",")
    case .secret(let secret): secret.description
    case .apiKeys(let keys): keys.map { "\($0.id):\($0.secret)" }.joined(separator: ",")
    case .webhooks(let webhooks):
      webhooks.map { ([$0.url, $0.secret.description] + $0.events).joined(separator: " ") }
        .joined(separator: ",")
    }
  }
}
