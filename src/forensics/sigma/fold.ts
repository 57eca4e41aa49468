/**
 * Text for comparison without regard to case: Unicode's simple case folding, by which a character stays one character. The
 * platform's lower case is not that: it makes two of `İ`, so that an `i` would be found in it, and writes a sigma by what stands around it,
 * so that a part of a word would not be found in the word.
 */

/** Characters whose lower case is not their folding, and what they fold to (CaseFolding.txt, status C and S). */
const FOLDED: Readonly<Record<string, string>> = {
  '\u00b5': '\u03bc', // micro sign
  '\u017f': 's', // long s
  '\u0345': '\u03b9', // combining iota
  '\u03a3': '\u03c3', // sigma, whose lower case depends on its place
  '\u03c2': '\u03c3', // final sigma
  '\u03d0': '\u03b2', // the symbols of beta, theta, phi, pi, kappa, rho, epsilon
  '\u03d1': '\u03b8',
  '\u03d5': '\u03c6',
  '\u03d6': '\u03c0',
  '\u03f0': '\u03ba',
  '\u03f1': '\u03c1',
  '\u03f5': '\u03b5',
  '\u1e9b': '\u1e61', // long s with dot above
  '\u1fbe': '\u03b9', // prosgegrammeni
};
/** Folds to itself. */
const DOTTED_I = '\u0130';
const UNLIKE = /[\u0345\u00b5\u0130\u017f\u03a3\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5\u1e9b\u1fbe]/;

export function foldCase(text: string): string {
  if (!UNLIKE.test(text)) return text.toLowerCase();
  let folded = '';
  for (const char of text) folded += char === DOTTED_I ? char : (FOLDED[char] ?? char.toLowerCase());
  return folded;
}
