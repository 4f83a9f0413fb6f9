// What matching costs, and how good it is. `make bench-matching`.

import Glibc

print("matching-bench")
