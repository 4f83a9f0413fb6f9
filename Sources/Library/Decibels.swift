// Logarithms for loudness.

import Glibc

enum Decibels {
  static func log10(_ value: Double) -> Double { Glibc.log10(value) }
}
