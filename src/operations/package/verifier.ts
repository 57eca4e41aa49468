/**
 * The check inside a package page. The reader chooses the file; what is before the signature is hashed, the signature verified with the key it
 * carries, and the key's RFC 7638 thumbprint shown for comparison with the agreement. Plain script: it has to run in any browser, offline.
 */
export const VERIFIER = `
document.getElementById('check').addEventListener('change', async (event) => {
  const verdict = document.getElementById('verdict');
  const say = (text, kind) => { verdict.textContent = text; verdict.className = kind; };
  try {
    const bytes = new Uint8Array(await event.target.files[0].arrayBuffer());
    const text = new TextDecoder('latin1').decode(bytes);
    const at = text.lastIndexOf('<script type="application/jose" id="signature">');
    const jws = text.slice(at).replace(/^[^>]*>/, '').replace(/<.*$/s, '');
    const [head, body, signature] = jws.split('.');
    const decode = (part) => Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
    const json = (part) => JSON.parse(new TextDecoder().decode(decode(part)));
    const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=/g, '');
    const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, '0')).join('');
    const said = json(body);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: said.key.x };
    const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify']);
    const good = await crypto.subtle.verify('Ed25519', key, decode(signature), new TextEncoder().encode(head + '.' + body));
    const digest = hex(await crypto.subtle.digest('SHA-256', bytes.subarray(0, at)));
    const kid = encode(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('{"crv":"Ed25519","kty":"OKP","x":"' + jwk.x + '"}')));
    if (at > 0 && good && digest === said.sha256 && kid === json(head).kid) say(verdict.dataset.genuine + ' ' + kid, 'ok');
    else say(verdict.dataset.forged, 'bad');
  } catch (error) { say(verdict.dataset.forged + ' (' + error.message + ')', 'bad'); }
});`;
