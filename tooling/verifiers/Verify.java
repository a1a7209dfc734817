import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks a package in a folder with the cryptography of the Java platform alone: JWK Set, thumbprints,
 * EdDSA and ES256 signatures, digests of all files, the checkpoint's signature, inclusion of each record.
 * What records mean is not looked at.
 *
 * <p>java Verify.java FOLDER JWKS VKEY; exit codes 0 good, 1 something is wrong.
 */
class Verify {
  static final byte[] ED25519_DER = HexFormat.of().parseHex("302a300506032b6570032100");
  static final byte[] P256_DER =
      HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");

  final Path folder;

  Verify(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] words) throws Exception {
    try {
      Verify verify = new Verify(Path.of(words[0]));
      System.out.println(verify.statement(Files.readString(Path.of(words[1]))));
      System.out.println(verify.log(Files.readString(Path.of(words[2])).strip()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ClassCastException error) {
      System.out.println("BAD: " + error.getMessage());
      System.exit(1);
    }
  }

  static void need(boolean good, String what) {
    if (!good) throw new IllegalArgumentException(what);
  }

  static byte[] sha256(byte[]... parts) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (byte[] part : parts) digest.update(part);
    return digest.digest();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) all.writeBytes(part);
    return all.toByteArray();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static boolean isGood(String algorithm, PublicKey key, byte[] message, byte[] signed)
      throws Exception {
    Signature signature = Signature.getInstance(algorithm);
    signature.initVerify(key);
    signature.update(message);
    try {
      return signature.verify(signed);
    } catch (java.security.SignatureException malformed) {
      return false;
    }
  }

  /** The signatures of each key of a JWK Set, and the files that are signed. */
  String statement(String jwks) throws Exception {
    Map<String, Object> envelope = object(new Json(read("package.dsse.json")).all());
    byte[] payload = Base64.getDecoder().decode((String) envelope.get("payload"));
    byte[] type = utf8((String) envelope.get("payloadType"));
    String sizes = "DSSEv1 %d %s %d ".formatted(type.length, new String(type), payload.length);
    byte[] message = join(utf8(sizes), payload);
    List<String> signers = new ArrayList<>();
    for (Object one : list(object(new Json(jwks).all()).get("keys"))) {
      Map<String, Object> jwk = object(one);
      boolean okp = jwk.get("kty").equals("OKP");
      String members =
          okp
              ? "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}".formatted(jwk.get("x"))
              : "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}"
                  .formatted(jwk.get("x"), jwk.get("y"));
      String kid = Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(utf8(members)));
      byte[] x = Base64.getUrlDecoder().decode((String) jwk.get("x"));
      byte[] der =
          okp
              ? join(ED25519_DER, x)
              : join(P256_DER, new byte[] {4}, x, Base64.getUrlDecoder().decode((String) jwk.get("y")));
      PublicKey key =
          KeyFactory.getInstance(okp ? "Ed25519" : "EC").generatePublic(new X509EncodedKeySpec(der));
      String algorithm = okp ? "Ed25519" : "SHA256withECDSAinP1363Format";
      boolean signed = false;
      for (Object each : list(envelope.get("signatures"))) {
        Map<String, Object> signature = object(each);
        if (!kid.equals(signature.get("keyid"))) continue;
        byte[] bytes = Base64.getDecoder().decode((String) signature.get("sig"));
        need(isGood(algorithm, key, message, bytes), "the signature of " + kid);
        signed = true;
      }
      need(signed, "no signature of " + kid);
      signers.add(okp ? "EdDSA" : "ES256");
    }
    need(!signers.isEmpty(), "no key");
    Map<String, Object> statement = object(new Json(new String(payload, StandardCharsets.UTF_8)).all());
    Set<String> listed = new HashSet<>(Set.of("package.dsse.json"));
    for (Object one : list(statement.get("subject"))) {
      String name = (String) object(one).get("name");
      String digest = (String) object(object(one).get("digest")).get("sha256");
      need(Files.isRegularFile(folder.resolve(name)), name + " is missing");
      byte[] found = sha256(Files.readAllBytes(folder.resolve(name)));
      need(HexFormat.of().formatHex(found).equals(digest), name + " is another");
      listed.add(name);
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator)
        need(listed.contains(folder.relativize(path).toString()), path + " is not listed");
    }
    return "statement: %s, %d files".formatted(String.join(" and ", signers), listed.size());
  }

  /** The signature of the log on its checkpoint, and each record in its tree. */
  String log(String vkey) throws Exception {
    String[] parts = vkey.split("\\+", 3);
    byte[] material = Base64.getDecoder().decode(parts[2]);
    byte[] id = Arrays.copyOf(sha256(utf8(parts[0] + "\n"), material), 4);
    need(material[0] == 1 && HexFormat.of().formatHex(id).equals(parts[1]), "the vkey");
    byte[] raw = Arrays.copyOfRange(material, 1, 33);
    PublicKey key =
        KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(join(ED25519_DER, raw)));
    String note = read("checkpoint");
    String body = note.substring(0, note.lastIndexOf("\n\n") + 1);
    boolean signed = false;
    for (String line : note.substring(body.length() + 1).split("\n")) {
      String[] words = line.split(" ");
      byte[] signature = Base64.getDecoder().decode(words[2]);
      if (!words[1].equals(parts[0]) || !Arrays.equals(Arrays.copyOf(signature, 4), id)) continue;
      byte[] bytes = Arrays.copyOfRange(signature, 4, signature.length);
      need(isGood("Ed25519", key, utf8(body), bytes), "the signature of the log");
      signed = true;
    }
    need(signed, "no signature of the log");
    String[] lines = body.split("\n");
    need(lines.length == 3 && lines[0].equals(parts[0]), "the checkpoint");
    byte[] root = Base64.getDecoder().decode(lines[2]);
    String[] records = read("records.jsonl").split("\n");
    String[] indexes = read("records.index").split("\n");
    need(records.length == indexes.length && !records[0].isEmpty(), "the records");
    for (int at = 0; at < records.length; at += 1) {
      long index = ((Double) object(new Json(indexes[at]).all()).get("index")).longValue();
      String proof = read("proofs/" + index + ".tlog-proof");
      int blank = proof.indexOf("\n\n");
      need(proof.substring(blank + 2).equals(note), "the checkpoint of proof " + index);
      String[] steps = proof.substring(0, blank).split("\n");
      need(steps[1].equals("index " + index), "the index of proof " + index);
      long fn = index;
      long sn = Long.parseLong(lines[1]) - 1;
      need(fn <= sn, "index " + index);
      byte[] hash = sha256(new byte[] {0}, utf8(records[at]));
      for (String step : Arrays.copyOfRange(steps, 2, steps.length)) {
        byte[] other = Base64.getDecoder().decode(step);
        need(sn > 0, "the length of proof " + index);
        if (fn % 2 == 1 || fn == sn) {
          hash = sha256(new byte[] {1}, other, hash);
          for (; fn % 2 == 0 && fn > 0; sn /= 2) fn /= 2;
        } else hash = sha256(new byte[] {1}, hash, other);
        fn /= 2;
        sn /= 2;
      }
      need(sn == 0 && Arrays.equals(hash, root), "record " + index + " is not in the tree");
    }
    return "log: %s, size %s, %d records".formatted(lines[0], lines[1], records.length);
  }

  String read(String name) throws Exception {
    return Files.readString(folder.resolve(name));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  /** JSON, as far as packages need it. */
  static final class Json {
    final String text;
    int at = 0;

    Json(String text) {
      this.text = text;
    }

    Object all() {
      Object found = value();
      space();
      need(at == text.length(), "JSON");
      return found;
    }

    void space() {
      while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at += 1;
    }

    boolean take(char wanted) {
      space();
      if (text.charAt(at) != wanted) return false;
      at += 1;
      return true;
    }

    Object value() {
      if (take('{')) {
        Map<String, Object> found = new LinkedHashMap<>();
        if (take('}')) return found;
        do {
          space();
          String name = string();
          need(take(':') && found.put(name, value()) == null, "JSON");
        } while (take(','));
        need(take('}'), "JSON");
        return found;
      }
      if (take('[')) {
        List<Object> found = new ArrayList<>();
        if (take(']')) return found;
        do found.add(value());
        while (take(','));
        need(take(']'), "JSON");
        return found;
      }
      space();
      if (text.charAt(at) == '"') return string();
      for (String word : List.of("true", "false", "null")) {
        if (!text.startsWith(word, at)) continue;
        at += word.length();
        return word;
      }
      int from = at;
      while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at += 1;
      return Double.valueOf(text.substring(from, at));
    }

    String string() {
      StringBuilder found = new StringBuilder();
      need(text.charAt(at) == '"', "JSON");
      for (at += 1; text.charAt(at) != '"'; at += 1) {
        char one = text.charAt(at);
        if (one == '\\') {
          at += 1;
          int escape = "bfnrt".indexOf(text.charAt(at));
          if (text.charAt(at) == 'u') {
            one = (char) Integer.parseInt(text.substring(at + 1, at + 5), 16);
            at += 4;
          } else one = escape >= 0 ? "\b\f\n\r\t".charAt(escape) : text.charAt(at);
        }
        found.append(one);
      }
      at += 1;
      return found.toString();
    }
  }
}
