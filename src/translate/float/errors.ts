// What rounding leaves of sums and products, found with roundings of its own: error-free transformations.

/** The error of a sum. Knuth's TwoSum. */
export function sumError(a: number, b: number, s: number): number {
  const rest = s - a;
  return (a - (s - rest)) + (b - rest);
}

/** The error of a product of numbers that are neither very large nor very small. Dekker's algorithm with Veltkamp's splitting. */
export function productError(a: number, b: number, p: number): number {
  const ca = 134217729 * a, cb = 134217729 * b;
  const ah = ca - (ca - a), bh = cb - (cb - b);
  const al = a - ah, bl = b - bh;
  return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
}
