// One message of a client: its type, the id that its reply repeats, and its fields.

import Access
import Values

struct Message {
  let type: String
  /// A string or an integer; nil if the client wants no reply.
  let id: JSON?
  let fields: Fields

  init(_ json: JSON) throws(Refusal) {
    do throws(InvalidField) {
      let fields = try Fields(json)
      self.fields = fields
      switch fields["id"] {
      case nil: id = nil
      case .string(let text)? where text.utf8.count <= 128: id = .string(text)
      case .integer(let number)?: id = .integer(number)
      default: throw InvalidField(path: "id", problem: "must be a string of at most 128 bytes or an integer")
      }
      type = try fields.string("type", length: 1...64)
    } catch {
      throw Refusal(.invalidMessage, error.description)
    }
  }

  /// The id even of a message that is wrong otherwise, so that its sender learns which one it was.
  static func id(of json: JSON) -> JSON? {
    switch json["id"] {
    case .string(let text)? where text.utf8.count <= 128: .string(text)
    case .integer(let number)?: .integer(number)
    default: nil
    }
  }

  /// Runs a check of fields, turning what is wrong with one into the refusal that names it.
  func read<Result>(_ body: (Fields) throws(InvalidField) -> Result) throws(Refusal) -> Result {
    do { return try body(fields) } catch { throw Refusal(.invalidMessage, error.description) }
  }
}
