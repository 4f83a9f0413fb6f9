// The bounds of this target.

enum Limits {
  /// A token of ours has 400 bytes, one of a chatty identity provider 3,000; HTTP servers cap headers at 8
  /// KiB.
  static let tokenBytes = 8 << 10
  /// The header names an algorithm and a key; some providers add a certificate's thumbprint.
  static let tokenHeaderBytes = 2 << 10
  /// As long as the ids that a platform may choose (Identifier.isAcceptable).
  static let identityBytes = 128
  /// A display name in any script: 64 characters of four bytes.
  static let nameBytes = 256
  /// Issuer, audience, key id, token id: URLs and UUIDs.
  static let claimBytes = 512
  /// A provider's audiences; more than a handful is a mistake.
  static let audiences = 32
  /// The contract's figure: no token lives longer, however the operator sets `access.maxTokenAge`.
  static let tokenAge = Duration.seconds(24 * 3600)
  /// The last second of the year 9999: what Timestamp can write.
  static let latestSecond: Int64 = 253_402_300_799

  /// Providers publish two or three keys; those with a key for each tenant stay far below.
  static let jwksBytes = 256 << 10
  static let jwksKeys = 64

  /// One key an integration and environment; keys are held in memory.
  static let apiKeys = 1_000
  static let keyNoteLength = 256

  /// How many keys or revocations are read in one step at the start.
  static let loadPage = 500

  /// About 200 bytes each: 20 MB when full, and no platform kicks that many people within a day.
  static let revocations = 100_000

  /// Addresses that failed to authenticate of late; about 200 bytes each.
  static let throttledAddresses = 10_000
  /// The longest a single address is shut out, so that a school behind one address is back after a break.
  static let longestThrottle = Duration.seconds(15 * 60)
  static let shortestThrottle = Duration.seconds(1)

  /// How many entries a page of the audit log and a step of walking its chain take: a read of a few
  /// milliseconds.
  static let auditPage = 500
  static let auditDetailBytes = 16 << 10
  static let auditTextLength = 512
}
