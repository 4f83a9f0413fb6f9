// The kernel of the embedding search in the processor's widest instructions, chosen when it runs. Its results are those of
// `PortableKernel`, to the bit; it is handed to the search by whoever composes the server.

import CVectors
import Matching

package struct WideKernel: DotKernel {
  package init() {}

  /// Which instructions this processor has for it.
  package static var kind: String { String(cString: tandem_dots_kind()) }

  package func dots(
    rows: Span<Int8>, count: Int, queries: Span<Int8>, queryCount: Int, width: Int,
    into results: inout MutableSpan<Int32>
  ) {
    precondition(
      rows.count >= count * width && queries.count >= queryCount * width
        && results.count >= count * queryCount
        && width % 64 == 0 && width <= 1_024,
      "the kernel reads and writes what it is told to")
    rows.withUnsafeBufferPointer { rows in
      queries.withUnsafeBufferPointer { queries in
        results.withUnsafeMutableBufferPointer { results in
          guard let row = rows.baseAddress, let query = queries.baseAddress, let result = results.baseAddress
          else { return }
          tandem_dots(row, count, query, queryCount, width, result)
        }
      }
    }
  }
}
