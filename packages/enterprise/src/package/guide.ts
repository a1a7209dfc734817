/** `VERIFY.md` of an enterprise package. */
export const ENTERPRISE_GUIDE = `# How to verify this package

You need GNU bash and coreutils, OpenSSL 3 and jq, and public keys that you did **not** take from this
package. With SpanForge: \`spanforge operator verify <this folder> --key <keys>\`. By hand:

1. The files are the ones that \`SHA256SUMS\` lists, and no others:

       sha256sum --check --strict --quiet SHA256SUMS
       diff <(find . -type f ! -path ./SHA256SUMS ! -path ./package.dsse.json | cut -c3- | LC_ALL=C sort) <(cut -c67- SHA256SUMS | LC_ALL=C sort)

2. \`package.dsse.json\` is a DSSE envelope around an in-toto Statement about these files, \`SHA256SUMS\`
   among them; the commands for its signatures are those of \`operator/VERIFY.md\`, run here.
3. The evidence is the package in \`operator/\`: go there and follow its own \`VERIFY.md\`. Its statement's
   digest is \`operator_statement\` in the outer one:

       jq -r .payload package.dsse.json | base64 -d | jq -e --arg d "$(sha256sum operator/package.dsse.json | cut -c-64)" '.predicate.operator_statement == $d'

\`profile.json\`, \`controls.json\` and \`status.json\` are the word of the deployment that signed them, at the
time they name; what the records prove is in \`operator/\`.
`;
