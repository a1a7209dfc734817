import { isMod97 } from '../checksum.js';

// Lengths by country (SWIFT's IBAN registry, which carries out ISO 13616).
const REGISTRY =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 ' +
  'DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 ' +
  'IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 ' +
  'MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
  'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30';

const lengths: ReadonlyMap<string, number> = new Map(
  REGISTRY.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** How long the IBAN is that a piece of text begins with, spaces included; 0 when it is none. */
export function ibanLength(piece: string): number {
  const wanted = lengths.get(piece.slice(0, 2).toUpperCase());
  if (wanted === undefined || !/^..\d\d/.test(piece)) return 0;
  let compact = '';
  let at = 0;
  for (; compact.length < wanted; at += 1) {
    const character = piece[at] ?? '';
    if (/^[A-Za-z0-9]$/.test(character)) compact += character.toUpperCase();
    else if (!/^[ -]$/.test(character) || !/^[A-Za-z0-9]$/.test(piece[at + 1] ?? '')) return 0;
  }
  return /^\w/.test(piece.slice(at)) || !isMod97(compact) ? 0 : at;
}
