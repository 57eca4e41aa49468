/** Names that other registries keep: language tags (RFC 5646) and character sets (IANA). */

/**
 * RFC 5646 §2.1, without the irregular tags that were grandfathered in: language, extended language, script,
 * region, variants, extensions, private use. Every part is bounded, so matching is linear.
 */
const LANGUAGE_TAG =
  /^(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+)$/i;

/** Longer than any tag in use; RFC 5646 §4.4.1 asks for room for 35 characters. */
const LANGUAGE_TAG_LENGTH_MAX = 100;

export function isLanguageTag(text: string): boolean {
  return text.length <= LANGUAGE_TAG_LENGTH_MAX && LANGUAGE_TAG.test(text);
}

/** RFC 2978 §2.3: up to 40 printable characters. */
const CHARSET_NAME = /^[A-Za-z0-9!#$%&'+^_`{}~:.()-]{1,45}$/;

export function isCharset(text: string): boolean {
  return CHARSET_NAME.test(text);
}
