// What `serve --dev` prints: the page, and a link each for a mentor and a student that work at once.

import Access
import Control
import Glibc
import Values

enum Banner {
  /// The room of the links. Its topology needs no media plane of ours.
  static let room = "first-call"

  /// Tokens in the fragment of a link never reach a server or its log.
  static func text(page: String, key: (id: String, secret: [UInt8]), at now: Timestamp) -> String {
    func link(_ identity: String, _ name: String, _ role: Role) -> String {
      let claims = TokenClaims(
        subject: identity, expiresAtSeconds: now.seconds + 12 * 3600, issuedAtSeconds: now.seconds,
        issuer: key.id, name: name, tandem: .init(room: room, role: role))
      return "\(page)#token=\(TokenMint.token(claims, keyID: key.id, secret: key.secret))"
    }
    return """

      Tandem \(Version.current) is ready: \(page)

        Mentor:   \(link("mia", "Mia", .mentor))

        Student:  \(link("sam", "Sam", .student))

      Open each link in a tab of its own. Key "\(key.id)" is for development only; stop with Ctrl-C.

      """
  }

  static func show(_ text: String) {
    var bytes = Array(text.utf8)
    bytes.append(UInt8(ascii: "\n"))
    _ = write(STDOUT_FILENO, bytes, bytes.count)
  }
}
