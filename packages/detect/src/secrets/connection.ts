import { charactersOf, NOT_SPACE } from '../character.js';
import {
  type Candidate,
  eachOccurrence,
  peek,
  peekBack,
  run,
  runBack,
  type SearchedText,
} from '../source.js';
import type { SecretType } from '../types.js';
import { candidateOf, isPlaceholder, isWordForPassword } from './value.js';

const SCHEME = charactersOf(/[A-Za-z0-9+.-]/);
const USER_INFO = charactersOf(/[^\s/?#@"'`<>\\]/, true);
const DATABASE =
  /(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|cockroachdb|clickhouse|cassandra|neo4j|bolt|couchbases?|snowflake|db2|nats|kafka)(?:\+[a-z0-9]{1,20})?$/i;
const MIN_SURE_PASSWORD = 6;
const VARIABLE = /^(?:\$|%[A-Za-z(]|\{|\*{1,256}$)/;

/** Finds URLs with a password in them (RFC 3986, 3.2.1), and those of databases in whole. */
export function findUrlCredentials(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  eachOccurrence(source, '://', (at) => {
    const info = at + 3;
    // A password may itself hold an @ that nobody escaped: the last one before the path counts.
    let end = run(source, info, USER_INFO, 256);
    if (source.text[end] !== '@') return undefined;
    const more = run(source, end + 1, USER_INFO, 256);
    if (source.text[more] === '@') end = more;
    const colon = source.text.slice(info, end).indexOf(':');
    const password = colon === -1 ? '' : source.text.slice(info + colon + 1, end);
    if (password === '' || VARIABLE.test(password) || isWordForPassword(password)) return undefined;
    const start = runBack(source, at, SCHEME, 32);
    const isDatabase = DATABASE.test(source.text.slice(start, at));
    const finish = isDatabase ? run(source, end, NOT_SPACE) : end;
    const type = isDatabase ? 'database_connection_string' : 'url_credentials';
    const certain = password.length >= MIN_SURE_PASSWORD;
    found.push(candidateOf(source, type, { start, end: finish, certain }));
    return finish;
  });
  return found;
}

const PASSWORDS = ['Password=', 'password=', 'PASSWORD=', 'Pwd=', 'pwd=', 'PWD='];
const SERVER = /(?:server|data source|host|jdbc:[a-z0-9]{2,20}|driver)\s{0,2}[=:]/i;
const VALUE = charactersOf(/[^\s;&"'`<>\\]/, true);

/** Finds connection strings of ADO.NET, ODBC and JDBC that carry a password. */
export function findConnectionStrings(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  for (const name of PASSWORDS) {
    eachOccurrence(source, name, (at) => {
      const end = run(source, at + name.length, VALUE);
      const value = source.text.slice(at + name.length, Math.min(end, at + 256));
      if (value === '' || VARIABLE.test(value) || isWordForPassword(value)) return end;
      const start = markerBefore(source, at, SERVER);
      const certain = value.length >= MIN_SURE_PASSWORD;
      if (start !== undefined) {
        found.push(candidateOf(source, 'database_connection_string', { start, end, certain }));
      }
      return end;
    });
  }
  return found;
}

const AZURE = ['AccountKey=', 'SharedAccessKey=', 'SharedAccessSignature=', 'sig='];
const AZURE_VALUE = charactersOf(/[\w+/=%&.~:-]/);
const AZURE_MARKER = /(?:DefaultEndpointsProtocol|AccountName|Endpoint|HostName)=/;
const SAS = /[?&](?:sv|se|sr|sp|st|spr)=/;

/** Finds Azure connection strings and shared access signatures. */
export function findAzureSecrets(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  for (const name of AZURE) {
    eachOccurrence(source, name, (at) => {
      const end = run(source, at + name.length, AZURE_VALUE);
      const value = peek(source, at + name.length, Math.min(end - at - name.length, 200));
      if (!/^[\w+/=%-]{40}/.test(value) || isPlaceholder(value)) return end;
      if (name !== 'sig=') {
        const start = markerBefore(source, at, AZURE_MARKER) ?? at;
        found.push(candidateOf(source, 'azure_connection_string', { start, end, certain: true }));
      } else if (SAS.test(peekBack(source, at, 200)) || SAS.test(value)) {
        found.push(
          candidateOf(source, 'azure_connection_string', { start: at, end, certain: true }),
        );
      }
      return end;
    });
  }
  return found;
}

/** What these detectors look for. */
export const CONNECTION_LITERALS: readonly string[] = ['://', ...PASSWORDS, ...AZURE];

/** Where, a little before on the same line, a marker stands. */
function markerBefore(source: SearchedText, at: number, marker: RegExp): number | undefined {
  const before = peekBack(source, at, 240);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const index = marker.exec(line)?.index;
  return index === undefined ? undefined : at - line.length + index;
}
