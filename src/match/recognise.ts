/** What kind a bare value is, for lists that do not say. */
import { canonicalCoinAddress } from './coin-address.ts';
import { byteString } from './fingerprint.ts';
import { canonicalDomain } from './host.ts';
import { parseIpv4, parseIpv6 } from './ip.ts';
import type { Kind } from './kinds.ts';
import { isRefused, normaliseIndicator } from './normalise.ts';
import { canonicalUrl } from './url.ts';

/** Endings that name files far more often than top-level domains; `.com`, `.zip` and `.mov` are both, and count as domains. */
const FILE_ENDINGS =
  /\.(?:exe|dll|sys|scr|ps1|vbs|vbe|bat|cmd|jar|lnk|hta|msi|js|jse|wsf|doc[xm]?|xls[xmb]?|ppt[xm]?|rtf|pdf|rar|7z|gz|tar|iso|img|apk|ipa|elf|dylib|plist|txt|log|tmp|dat|bin|ini|db|sqlite|png|jpe?g|gif|html?|php|aspx?|jsp)$/i;

/** The kind that a value most likely is; null when it could be anything, which a list then has to say. */
export function recogniseKind(value: string): Kind | null {
  const text = value.trim();
  if (text === '') return null;
  if (/^[0-9a-fA-F]+$/.test(text)) {
    const kind = ({ 32: 'md5', 40: 'sha1', 64: 'sha256', 128: 'sha512' } as const)[text.length];
    if (kind !== undefined) return kind;
  }
  if (/^(?:[0-9a-fA-F]{2}:){15,63}[0-9a-fA-F]{2}$/.test(text)) return 'certificate';
  if (parseIpv4(text) !== null) return 'ipv4';
  if (text.includes(':') && parseIpv6(text) !== null) return 'ipv6';
  if (/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(text) && !isRefused(normaliseIndicator('cidr', text))) return 'cidr';
  if (/^ASN?\d{1,10}$/i.test(text)) return 'asn';
  if (/^[A-Za-z][A-Za-z0-9+]{0,11}:\/\/\S+$/.test(text) && canonicalUrl(byteString(text)) !== null)
    return 'url';
  if (/^[^\s@<>"]+@[^\s@<>"]+$/.test(text) && !isRefused(normaliseIndicator('email', text))) return 'email';
  if (/^[tqd]\d{2}[di]\d{4}[a-z0-9]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/i.test(text)) return 'ja4';
  if (canonicalCoinAddress(text) !== null) return 'coin-address';
  if (/^(?:HKLM|HKCU|HKU|HKCR|HKCC|HKEY_[A-Z_]+)\\/i.test(text)) return 'registry-key';
  if (/^(?:[A-Za-z]:\\|\\\\|\/[^/\s]+\/|%[A-Za-z]+%\\|~\/)/.test(text)) return 'file-path';
  if (/^\+[\d\s()./-]{7,24}$/.test(text) && !isRefused(normaliseIndicator('phone', text))) return 'phone';
  if (FILE_ENDINGS.test(text) && !/[\\/:*?"<>|]/.test(text)) return 'file-name';
  if (/^[^\s/]+\/\S*$/.test(text)) {
    const host = text.slice(0, text.indexOf('/')).replace(/:\d+$/, '');
    if (canonicalDomain(host) !== null || parseIpv4(host) !== null) return 'url';
  }
  if (!/\s/.test(text) && canonicalDomain(text) !== null) return 'domain';
  if (/^Mozilla\/\d/.test(text)) return 'user-agent';
  return null;
}
