/** Names that other registries keep: language tags (RFC 5646) and character sets (IANA). */
import { THREE_LETTERS, TWO_LETTERS } from './language-subtags.ts';

/**
 * RFC 5646 §2.1: language, extended language, script, region, variants, extensions, private use. Every part is
 * bounded, so matching is linear. Languages of more than three letters are not registered.
 */
const LANGUAGE_TAG =
  /^(?:([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+)$/;

/** Tags that were registered before there was a grammar (RFC 5646 §2.2.8). */
const IRREGULAR = new Set(
  'en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu sgn-be-fr sgn-be-nl sgn-ch-de'.split(
    ' ',
  ),
);

/** Longer than any tag in use; RFC 5646 §4.4.1 asks for room for 35 characters. */
const LANGUAGE_TAG_LENGTH_MAX = 100;

const LANGUAGES = new Set(TWO_LETTERS.trim().split(/\s/));
for (const entry of THREE_LETTERS.trim().split(/\s/)) {
  for (const letter of entry.slice(3)) LANGUAGES.add(entry.slice(0, 2) + letter);
}

/** qaa to qtz are for private use (RFC 5646 §2.2.1). */
const PRIVATE_LANGUAGE = /^q[a-t][a-z]$/;

/** Well-formed, and of a language that is registered. Case does not matter (RFC 5646 §2.1.1). */
export function isLanguageTag(text: string): boolean {
  if (text.length > LANGUAGE_TAG_LENGTH_MAX) return false;
  const tag = text.toLowerCase();
  const match = LANGUAGE_TAG.exec(tag);
  if (match === null) return IRREGULAR.has(tag);
  const language = match[1];
  return language === undefined || LANGUAGES.has(language) || PRIVATE_LANGUAGE.test(language);
}

/**
 * The IANA registry of character sets: of each its preferred MIME name, or its name where it has none (STIX 2.1 §3.9.1).
 * Aliases are not to be used.
 */
const CHARSETS = new Set(
  `
US-ASCII UTF-8 UTF-7 UTF-7-IMAP UTF-16 UTF-16BE UTF-16LE UTF-32 UTF-32BE UTF-32LE CESU-8 SCSU BOCU-1
UNICODE-1-1 UNICODE-1-1-UTF-7 ISO-10646-UTF-1 ISO-10646-UCS-2 ISO-10646-UCS-4 ISO-10646-UCS-Basic
ISO-10646-Unicode-Latin1 ISO-10646-J-1 ISO-Unicode-IBM-1261 ISO-Unicode-IBM-1264 ISO-Unicode-IBM-1265
ISO-Unicode-IBM-1268 ISO-Unicode-IBM-1276
ISO-8859-1 ISO-8859-2 ISO-8859-3 ISO-8859-4 ISO-8859-5 ISO-8859-6 ISO-8859-6-E ISO-8859-6-I ISO-8859-7 ISO-8859-8
ISO-8859-8-E ISO-8859-8-I ISO-8859-9 ISO-8859-10 ISO-8859-13 ISO-8859-14 ISO-8859-15 ISO-8859-16 ISO_8859-supp
ISO-8859-1-Windows-3.0-Latin-1 ISO-8859-1-Windows-3.1-Latin-1 ISO-8859-2-Windows-Latin-2 ISO-8859-9-Windows-Latin-5
windows-874 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257
windows-1258 Windows-31J macintosh Microsoft-Publishing
Shift_JIS EUC-JP Extended_UNIX_Code_Fixed_Width_for_Japanese ISO-2022-JP ISO-2022-JP-2 JIS_X0201 JIS_Encoding
JIS_C6220-1969-jp JIS_C6220-1969-ro JIS_C6226-1978 JIS_C6226-1983 JIS_C6229-1984-a JIS_C6229-1984-b
JIS_C6229-1984-b-add JIS_C6229-1984-hand JIS_C6229-1984-hand-add JIS_C6229-1984-kana JIS_X0212-1990 CP50220 CP51932
EUC-KR ISO-2022-KR KS_C_5601-1987 KSC5636 GBK GB18030 GB2312 GB_2312-80 GB_1988-80 HZ-GB-2312 ISO-2022-CN
ISO-2022-CN-EXT Big5 Big5-HKSCS
KOI8-R KOI8-U KOI7-switched ECMA-cyrillic GOST_19768-74 ISO_5427 ISO_5427:1981 INIS-cyrillic PTCP154 KZ-1048 Amiga-1251
TIS-620 VISCII VIQR TSCII BRF ISO-11548-1 MNEMONIC MNEM UNKNOWN-8BIT
IBM037 IBM038 IBM273 IBM274 IBM275 IBM277 IBM278 IBM280 IBM281 IBM284 IBM285 IBM290 IBM297 IBM420 IBM423 IBM424 IBM437
IBM500 IBM775 IBM850 IBM851 IBM852 IBM855 IBM857 IBM860 IBM861 IBM862 IBM863 IBM864 IBM865 IBM866 IBM868 IBM869 IBM870
IBM871 IBM880 IBM891 IBM903 IBM904 IBM905 IBM918 IBM1026 IBM1047 IBM00858 IBM00924 IBM01140 IBM01141 IBM01142 IBM01143
IBM01144 IBM01145 IBM01146 IBM01147 IBM01148 IBM01149 IBM-Symbols IBM-Thai
EBCDIC-AT-DE EBCDIC-AT-DE-A EBCDIC-CA-FR EBCDIC-DK-NO EBCDIC-DK-NO-A EBCDIC-FI-SE EBCDIC-FI-SE-A EBCDIC-FR EBCDIC-IT
EBCDIC-PT EBCDIC-ES EBCDIC-ES-A EBCDIC-ES-S EBCDIC-UK EBCDIC-US OSD_EBCDIC_DF04_15 OSD_EBCDIC_DF03_IRV
OSD_EBCDIC_DF04_1
ISO_646.basic:1983 ISO_646.irv:1983 INVARIANT BS_4730 SEN_850200_B SEN_850200_C IT ES ES2 PT PT2 DIN_66003 NS_4551-1
NS_4551-2 NF_Z_62-010 NF_Z_62-010_(1973) MSZ_7795.3 DS_2089 us-dk dk-us CSA_Z243.4-1985-1 CSA_Z243.4-1985-2
CSA_Z243.4-1985-gr NATS-SEFI NATS-SEFI-ADD NATS-DANO NATS-DANO-ADD NC_NC00-10:81 JUS_I.B1.002 JUS_I.B1.003-serb
JUS_I.B1.003-mac CSN_369103 IEC_P27-1 ASMO_449 ISO_2033-1983 ANSI_X3.110-1983 BS_viewdata INIS INIS-8 ISO_5428:1980
ISO_6937-2-add ISO_6937-2-25 ISO_10367-box iso-ir-90 videotex-suppl T.61-7bit T.61-8bit T.101-G2 latin-greek
Latin-greek-1 latin-lap greek7-old greek7 greek-ccitt
hp-roman8 HP-Legal HP-Pi-font HP-Math8 HP-DeskTop Adobe-Standard-Encoding Adobe-Symbol-Encoding Ventura-US
Ventura-International Ventura-Math DEC-MCS PC8-Danish-Norwegian PC8-Turkish
`
    .trim()
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
);

/** Case does not matter (RFC 2978 §2.3). */
export function isCharset(text: string): boolean {
  return CHARSETS.has(text.toLowerCase());
}
