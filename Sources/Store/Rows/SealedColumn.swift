// Every column whose bytes are sealed right under the master key: what another master key has to seal anew.

package enum SealedColumn: Sendable, CaseIterable {
  case apiKeys, recordings, secrets

  private var place: (table: String, key: String, column: String) {
    switch self {
    case .apiKeys: ("api_keys", "id", "sealed_secret")
    case .recordings: ("recordings", "id", "sealed_key")
    case .secrets: ("secrets", "name", "sealed")
    }
  }

  /// Each value in turn, by the name of its row, replaced by what `body` makes of it. How many.
  package func replaceAll(
    _ connection: any Connection, _ body: (String, [UInt8]) throws(StoreFailure) -> [UInt8]
  ) throws(StoreFailure) -> Int {
    let (table, key, column) = place
    var after = ""
    var count = 0
    while true {
      let rows = try connection.query(
        """
        select \(key), \(column) from \(table) where \(key) > $1 and length(\(column)) > 0 order by \(key) limit $2
        """, .text(after), .integer(Int64(Limits.sealedRows)))
      guard let last = rows.last else { return count }
      after = try last.text(0)
      for row in rows {
        let name = try row.text(0)
        try connection.execute(
          "update \(table) set \(column) = $2 where \(key) = $1", .text(name),
          .bytes(try body(name, try row.bytes(1))))
      }
      count += rows.count
    }
  }
}
