import type { EvidenceRecord } from '@spanforge/core-events';
import { fromUtf8, type SigningKey } from '@spanforge/core-signing';
import { type EvidencePackage, MAX_PROOF_FILES, TIMESTAMP } from '../package/members.js';

/** What the guide is written about. */
export interface GuideParts {
  readonly origin: string;
  readonly members: EvidencePackage;
  readonly records: readonly EvidenceRecord[];
  readonly packageKeys: readonly SigningKey[];
}

/** A section: prose, then commands, which are indented so that no text of the log can end them. */
interface Section {
  readonly title: string;
  readonly prose: string;
  readonly commands: string;
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** DER before the 32 bytes of an Ed25519 key (RFC 8410), and before a P-256 point (RFC 5480). */
const ED25519_DER = '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000';
const P256_DER =
  '\\060\\131\\060\\023\\006\\007\\052\\206\\110\\316\\075\\002\\001\\006\\010\\052\\206\\110\\316\\075\\003\\001\\007\\003\\102\\000\\004';

const SETUP: Section = {
  title: 'What you need',
  prose: `GNU bash and coreutils, OpenSSL 3 and jq, and public keys that you did **not** take from this
package: the JWK Set of the exporter's package keys and the vkey of the log. The files under \`keys/\`
are there for comparison only. The indented lines of this page, one after the other, are one script:
run it in the folder of the package; it stops at the first thing that is wrong.`,
  commands: `set -euo pipefail
: "\${jwks:=../trusted.jwks.json}" "\${vkey:=../trusted.vkey}"
work=$(mktemp -d)
hex() { od -An -v -tx1 | tr -d ' \\n'; }
unhex() { printf "$(sed 's/../\\\\x&/g')"; }
b64url() { s=$(tr -- '-_' '+/'); while [ $(( \${#s} % 4 )) -ne 0 ]; do s="$s="; done; printf %s "$s" | base64 -d; }`,
};

const FILES: Section = {
  title: 'The files are the ones the statement lists',
  prose:
    '`package.dsse.json` is a DSSE envelope around an in-toto Statement about every other file: there are no others, and no links.',
  commands: `jq -r .payload package.dsse.json | base64 -d > "$work/statement.json"
jq -r '.subject[] | "\\(.digest.sha256)  \\(.name)"' "$work/statement.json" | sha256sum --check --strict --quiet
[ -z "$(find . ! -type f ! -type d)" ]
diff <(find . -type f ! -path ./package.dsse.json | cut -c3- | LC_ALL=C sort) <(jq -r '.subject[].name' "$work/statement.json" | LC_ALL=C sort)
echo 'files: ok'`,
};

function signatures(packageKeys: readonly SigningKey[]): Section {
  const commands = packageKeys.map(({ kid, alg }) => {
    const signature = `jq -r '.signatures[] | select(.keyid == "${kid}") | .sig' package.dsse.json | base64 -d`;
    const member = (name: string): string =>
      `jq -er '.keys[] | select(.kid == "${kid}") | .${name}' "$jwks" | tr -d '\\n' | b64url`;
    if (alg === 'Ed25519') {
      return `{ printf '${ED25519_DER}'; ${member('x')}; } | openssl pkey -pubin -inform DER -out "$work/ed25519.pem"
${signature} > "$work/ed25519.sig"
openssl pkeyutl -verify -pubin -inkey "$work/ed25519.pem" -rawin -in "$work/pae" -sigfile "$work/ed25519.sig"`;
    }
    return `{ printf '${P256_DER}'; ${member('x')}; ${member('y')}; } | openssl pkey -pubin -inform DER -out "$work/es256.pem"
rs=$(${signature} | hex)
printf 'asn1=SEQUENCE:s\\n[s]\\nr=INTEGER:0x%s\\ns=INTEGER:0x%s\\n' "\${rs:0:64}" "\${rs:64:64}" > "$work/es256.cnf"
openssl asn1parse -genconf "$work/es256.cnf" -noout -out "$work/es256.sig"
openssl dgst -sha256 -verify "$work/es256.pem" -signature "$work/es256.sig" "$work/pae"`;
  });
  return {
    title: 'The statement is signed by the package keys',
    prose: `What is signed is the DSSE pre-authentication encoding. ES256 signatures are \`r || s\` and
are rewritten as DER for OpenSSL. The name of a key is its RFC 7638 thumbprint, which any JOSE tool
computes from the key.`,
    commands: `{ printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$(wc -c < "$work/statement.json" | tr -d ' ')"; cat "$work/statement.json"; } > "$work/pae"
${commands.join('\n')}`,
  };
}

function checkpoint(origin: string): Section {
  return {
    title: 'The checkpoint is signed by the log',
    prose: `\`checkpoint\` is a C2SP signed note; Go programs open it with
\`golang.org/x/mod/sumdb/note\` and the vkey. The name in the vkey must be the origin below.`,
    commands: `export origin=${shellQuote(origin)}
[ "$(cut -d+ -f1 "$vkey")" = "$origin" ]
[ "$(sed -n 1p checkpoint)" = "$origin" ]
sed '/^$/,$d' checkpoint > "$work/note"
awk '$1 == "—" && $2 == ENVIRON["origin"] { print $3; exit }' checkpoint | base64 -d | tail -c +5 > "$work/note.sig"
{ printf '${ED25519_DER}'; cut -d+ -f3- "$vkey" | base64 -d | tail -c +2; } | openssl pkey -pubin -inform DER -out "$work/log.pem"
openssl pkeyutl -verify -pubin -inkey "$work/log.pem" -rawin -in "$work/note" -sigfile "$work/note.sig"
size=$(sed -n 2p checkpoint)
root=$(sed -n 3p checkpoint | base64 -d | hex)`,
  };
}

/** The second sed of the checkpoint's section has written the text that is signed. */
const WITNESSED: Section = {
  title: 'Witnesses cosigned the checkpoint',
  prose: `Further lines of \`checkpoint\` are of witnesses (C2SP tlog-cosignature, Ed25519): each signs the
time and the three lines of the checkpoint. \`$witnesses\` is a policy (C2SP tlog-policy) that you did not
take from this package; of its lines only \`witness <name> <vkey>\` are read, and all of these witnesses
have to have cosigned unless \`$needed\` says how many. What a cosignature proves: at that time, the
witness had cosigned no other history of this log, and none beyond this size.`,
  commands: `: "\${witnesses:=../trusted.witnesses}"
awk '$1 == "witness" { print $3 }' "$witnesses" > "$work/witnesses"
: "\${needed:=$(wc -l < "$work/witnesses")}"
cosigned=0
while IFS= read -r witness <&3; do
  name=$(cut -d+ -f1 <<< "$witness")
  cut -d+ -f3- <<< "$witness" | base64 -d > "$work/witness.key"
  [ "$(head -c 1 "$work/witness.key" | hex)" = 04 ]
  found=no
  while read -r mark by line; do
    if [ "$mark" != — ] || [ "$by" != "$name" ]; then continue; fi
    base64 -d <<< "$line" > "$work/cosignature"
    [ "$(head -c 4 "$work/cosignature" | hex)" = "$(cut -d+ -f2 <<< "$witness")" ] || continue
    [ "$(wc -c < "$work/cosignature")" -eq 76 ]
    time=$((16#$(tail -c +5 "$work/cosignature" | head -c 8 | hex)))
    tail -c +13 "$work/cosignature" > "$work/cosignature.sig"
    { printf 'cosignature/v1\ntime %s\n' "$time"; cat "$work/note"; } > "$work/cosigned"
    { printf '${ED25519_DER}'; tail -c +2 "$work/witness.key"; } | openssl pkey -pubin -inform DER -out "$work/witness.pem"
    openssl pkeyutl -verify -pubin -inkey "$work/witness.pem" -rawin -in "$work/cosigned" -sigfile "$work/cosignature.sig"
    echo "witness $name: cosigned at $(date -u -d "@$time" +%Y-%m-%dT%H:%M:%SZ)"; found=yes
  done < checkpoint
  if [ "$found" = yes ]; then cosigned=$((cosigned + 1)); else echo "witness $name: did not cosign"; fi
done 3< "$work/witnesses"
[ "$cosigned" -gt 0 ]
[ "$cosigned" -ge "$needed" ]
echo 'witnesses: ok'`,
};

const TIMESTAMPED: Section = {
  title: 'The checkpoint is as old as the time stamp says',
  prose: `\`checkpoint.tsr\` is the answer of a time-stamping authority (RFC 3161) about the SHA-256 of
\`checkpoint.salt\` followed by \`checkpoint\`; the salt kept the authority from learning the checkpoint.
\`$tsa\` holds the certificate of its root, which you did not take from this package; certificates are
judged at the time of the stamp. What the stamp proves: this checkpoint, and so every record it covers,
existed by that time. It says nothing about when a record was written before.`,
  commands: `: "\${tsa:=../trusted-tsa.pem}"
cat checkpoint.salt checkpoint > "$work/stamped"
stamped=$(openssl ts -reply -in checkpoint.tsr -text 2> "$work/ts.log" | sed -n 's/^Time stamp: //p')
openssl ts -verify -in checkpoint.tsr -data "$work/stamped" -CAfile "$tsa" -attime "$(date -d "$stamped" +%s)" 2>> "$work/ts.log"
nonce=$(openssl ts -reply -in checkpoint.tsr -text 2>> "$work/ts.log" | sed -n 's/^Nonce: 0x//p' | tr A-F a-f)
[ "$(sed -n 's/^nonce //p' checkpoint.salt)" = "$nonce" ]
echo "time stamp: $stamped"`,
};

const PROOFS: Section = {
  title: 'Every record is in the log',
  prose: `A line of \`records.jsonl\`, without its newline, is a record; its leaf hash is SHA-256 of a
zero byte and the line. \`proofs/<index>.tlog-proof\` (C2SP tlog-proof) leads from there to the root
of the checkpoint (RFC 9162, 2.1.3.2). Go programs use \`golang.org/x/mod/sumdb/tlog\`.`,
  commands: `node() { printf '01%s%s' "$1" "$2" | unhex | sha256sum | cut -c1-64; }
while IFS= read -r record <&3 && IFS= read -r line <&4; do
  index=$(jq .index <<< "$line"); fn=$index; sn=$((size - 1)); proof="proofs/$index.tlog-proof"
  [ "$(sed -n 2p "$proof")" = "index $index" ]
  cmp -s checkpoint <(sed '1,/^$/d' "$proof")
  hash=$({ printf '\\000'; printf %s "$record"; } | sha256sum | cut -c1-64)
  while IFS= read -r step; do
    p=$(base64 -d <<< "$step" | hex); [ "$sn" -gt 0 ]
    if [ $((fn % 2)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
      hash=$(node "$p" "$hash")
      while [ $((fn % 2)) -eq 0 ] && [ "$fn" -gt 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
    else
      hash=$(node "$hash" "$p")
    fi
    fn=$((fn / 2)); sn=$((sn / 2))
  done < <(sed '1,2d;/^$/,$d' "$proof")
  [ "$sn" -eq 0 ]
  [ "$hash" = "$root" ]
done 3< records.jsonl 4< records.index
[ "$(wc -l < records.jsonl)" -eq "$(wc -l < records.index)" ]
echo 'records: ok'`,
};

const TILES: Section = {
  title: 'Every record is in the log',
  prose: `A line of \`records.jsonl\`, without its newline, is a record; its leaf hash is SHA-256 of a
zero byte and the line. There are too many for a proof each: \`tile/\` holds the hashes in the layout
of C2SP tlog-tiles. The commands look each leaf hash up in its tile of level 0, then hash each full
tile into its place one level up, and the right edge of all levels into the root.`,
  commands: `node() { printf '01%s%s' "$1" "$2" | unhex | sha256sum | cut -c1-64; }
tile() { # level index width: the path of a tile
  n=$2; path=$(printf %03d $((n % 1000)))
  while [ "$n" -ge 1000 ]; do n=$((n / 1000)); path=$(printf 'x%03d/%s' $((n % 1000)) "$path"); done
  [ "$3" -eq 256 ] && echo "tile/$1/$path" || echo "tile/$1/$path.p/$3"
}
width() { w=$(($1 - $2 * 256)); [ "$w" -gt 256 ] && w=256; echo "$w"; }
mth() { # hashes of a power of two, as one hex string
  if [ \${#1} -eq 64 ]; then printf %s "$1"; return; fi
  h=$((\${#1} / 2)); node "$(mth "\${1:0:h}")" "$(mth "\${1:h}")"
}
while IFS= read -r record <&3 && IFS= read -r line <&4; do
  index=$(jq .index <<< "$line"); t=$((index / 256)); file=$(tile 0 "$t" "$(width "$size" "$t")")
  leaf=$({ printf '\\000'; printf %s "$record"; } | sha256sum | cut -c1-64)
  [ "$(tail -c +$((index % 256 * 32 + 1)) "$file" | head -c 32 | hex)" = "$leaf" ]
done 3< records.jsonl 4< records.index
[ "$(wc -l < records.jsonl)" -eq "$(wc -l < records.index)" ]
peaks=(); level=0; count=$size
while [ "$count" -gt 0 ]; do
  whole=$((count / 256)); rest=$((count % 256)); here=()
  for ((t = 0; t < whole; t++)); do
    file=$(tile "$level" "$t" 256); [ -f "$file" ] || continue
    up=$(tile $((level + 1)) $((t / 256)) "$(width "$whole" $((t / 256)))")
    [ "$(tail -c +$((t % 256 * 32 + 1)) "$up" | head -c 32 | hex)" = "$(mth "$(hex < "$file")")" ]
  done
  if [ "$rest" -gt 0 ]; then
    bytes=$(hex < "$(tile "$level" "$whole" "$rest")"); [ \${#bytes} -eq $((rest * 64)) ]; at=0
    for ((w = 128; w > 0; w /= 2)); do
      if [ $((rest & w)) -ne 0 ]; then here+=("$(mth "\${bytes:at*64:w*64}")"); at=$((at + w)); fi
    done
  fi
  peaks=("\${here[@]}" "\${peaks[@]}"); count=$whole; level=$((level + 1))
done
computed=''
for ((p = \${#peaks[@]} - 1; p >= 0; p--)); do
  if [ -z "$computed" ]; then computed=\${peaks[p]}; else computed=$(node "\${peaks[p]}" "$computed"); fi
done
[ "$computed" = "$root" ]
echo 'records: ok'`,
};

const VALUES: Section = {
  title: 'Disclosed values are what the records commit to',
  prose: `A value is kept outside its record, which holds a salted digest of it (RFC 9901). A
disclosure decodes to \`[salt, name, value]\`.`,
  commands: `jq -r '[.index, .digest, .disclosure] | @tsv' disclosures.jsonl | while IFS=$'\\t' read -r index digest disclosure; do
  [ "$(printf %s "$disclosure" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d =)" = "$digest" ]
  at=$(jq .index records.index | grep -nx "$index" | cut -d: -f1)
  name=$(printf %s "$disclosure" | b64url | jq -r '.[1]')
  [ "$(sed -n "\${at}p" records.jsonl | jq -r --arg name "$name" '.body.values[$name]')" = "$digest" ]
done
echo 'values: ok'`,
};

const POLICIES: Section = {
  title: 'The bundles are the ones that decided',
  prose: 'A bundle is named by the SHA-256 of its bytes, and decision records name it so.',
  commands: `for file in policy/*.json; do
  digest=$(basename "$file" .json); echo "$digest  $file"; grep -qF "\\"$digest\\"" records.jsonl
done | sha256sum --check --strict --quiet
echo 'policies: ok'`,
};

const EVIDENCE: Section = {
  title: 'There is evidence',
  prose: 'A package without records proves that something was asked for, and nothing else.',
  commands: `[ -s records.jsonl ] || { echo 'there is no evidence in this package' >&2; exit 3; }
echo 'evidence: ok'`,
};

/** Whether somebody beside the log signed the checkpoint. */
const isCosigned = (members: EvidencePackage, origin: string): boolean =>
  fromUtf8(members.get('checkpoint') ?? new Uint8Array())
    .split('\n')
    .some((line) => line.startsWith('— ') && !line.startsWith(`— ${origin} `));

/** The page that tells a recipient how to verify this package without any of our code. */
export function writeGuide({ origin, members, records, packageKeys }: GuideParts): string {
  const names = [...members.keys()];
  const sections = [
    SETUP,
    FILES,
    signatures(packageKeys),
    checkpoint(origin),
    ...(isCosigned(members, origin) ? [WITNESSED] : []),
    ...(members.has(TIMESTAMP.reply) ? [TIMESTAMPED] : []),
    records.length > MAX_PROOF_FILES ? TILES : PROOFS,
    VALUES,
    ...(names.some((name) => name.startsWith('policy/')) ? [POLICIES] : []),
    EVIDENCE,
  ];
  const empty =
    records.length === 0
      ? '\n**There is no evidence in this package**: nothing was on record for the query.\n'
      : '';
  const pages = sections.map(({ title, prose, commands }, at) => {
    const indented = commands.replace(/^/gm, '    ');
    return `## ${at + 1}. ${title}\n\n${prose}\n\n${indented}\n`;
  });
  return `# Verifying this evidence package\n${empty}\n${pages.join('\n')}`;
}
