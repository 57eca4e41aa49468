/** One form of a text for searching: without case, accents, tatweel or width, in one kind of space. It is made here and not by the store, so that every store finds the same. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{Mn}\u0640]/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** A pattern for `LIKE … ESCAPE '\'` that finds the folded text as it stands. */
export function likeAnywhere(folded: string): string {
  return `%${folded.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}
