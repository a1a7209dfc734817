import { describe, expect, it } from 'vitest';
import { detect } from '../detect.js';

const found = (text: string, options = {}) =>
  detect(text, options).map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);

describe('finds', () => {
  it.each([
    ['write to <ana.lópez+x@mail.example.co.uk>.', 'email ana.lópez+x@mail.example.co.uk'],
    ['ring +49 30 901820, please', 'phone +49 30 901820'],
    ['(415) 555-2671', 'phone (415) 555-2671'],
    ['call me at 4155552671', 'phone 4155552671'],
    ['Phone: 0490 75 40 81', 'phone 0490 75 40 81'],
    ['020 7946 0958 is London', 'phone 020 7946 0958'],
    ['(0635) 35-1234', 'phone (0635) 35-1234'],
    ['on 01 23 45 67 89.', 'phone 01 23 45 67 89'],
    ['001-541-754-3010', 'phone 001-541-754-3010'],
    ['(415) 555-2671 ext. 44, please', 'phone (415) 555-2671 ext. 44'],
    ['541.754.3010x01', 'phone 541.754.3010x01'],
    ['paid with 4111-1111-1111-1111.', 'payment_card 4111-1111-1111-1111'],
    ['3782 822463 10005', 'payment_card 3782 822463 10005'],
    ['4111 1111 1111 1111 12/29', 'payment_card 4111 1111 1111 1111'],
    ['IBAN: DE89 3704 0044 0532 0130 00', 'iban DE89 3704 0044 0532 0130 00'],
    ['he is 536-90-4399', 'us_ssn 536-90-4399'],
    ['My SSN is 123-45-6789', 'us_ssn 123-45-6789'],
    ['SSN 536904399', 'us_ssn 536904399'],
    ['Steuer-ID 86 095 742 719', 'de_steuer_id 86 095 742 719'],
    ['NIR 2 55 08 14 168 025 38', 'fr_nir 2 55 08 14 168 025 38'],
    ['DNI 12345678Z', 'es_dni 12345678Z'],
    ['X1234567L', 'es_nie X1234567L'],
    ['RSSMRA85T10A562S', 'it_codice_fiscale RSSMRA85T10A562S'],
    ['BSN 111222333', 'nl_bsn 111222333'],
    ['AB 12 34 56 C', 'uk_nino AB 12 34 56 C'],
    ['PESEL 44051401359', 'pl_pesel 44051401359'],
    ['529.982.247-25', 'br_cpf 529.982.247-25'],
    ['Aadhaar: 2341 2341 2346', 'in_aadhaar 2341 2341 2346'],
    ['from 192.0.2.146:8080', 'ip_address 192.0.2.146'],
    ['at [2001:db8::8a2e:370:7334]', 'ip_address 2001:db8::8a2e:370:7334'],
    ['::ffff:192.0.2.128', 'ip_address ::ffff:192.0.2.128'],
    ['passport no. C01X00T47', 'passport C01X00T47'],
    ['born on 3 March 1980 in', 'date_of_birth 3 March 1980'],
    ['dob: 1980-03-03', 'date_of_birth 1980-03-03'],
    ['lat/lng 40.7128, -74.0060', 'coordinates 40.7128, -74.0060'],
    ['40°26′46″N 79°58′56″W', 'coordinates 40°26′46″N 79°58′56″W'],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });
});

describe('passes over', () => {
  it.each([
    ['a wrong check digit', '4111 1111 1111 1112 and DE88 3704 0044 0532 0130 00'],
    ['a wrong check digit', 'DNI 12345678A, RSSMRA85T10A562T, 529.982.247-26, X1234567K'],
    ['a number no one was given', '000-12-3456 666-12-3456 123-00-4567 0000 0000 0000 0000'],
    ['a number without its word', '111222333 44051401359 536904399 C01X00T47 1980-03-03'],
    ['a version or a section', '1.2.3.4 v10.0.12.1 section 2.1.3.2 0.0.0.0 127.0.0.1 ::1'],
    ['a time or a name', '12:30:45 dead::beef std::vector 00:1b:44:11:3a:b7'],
    [
      'what only looks like an address',
      'react@18.2.0 icon@2x.png @types/node git@host.org:a/b x@y',
    ],
    ['dates', 'from 2019-04-05 to 2021/12/31, 12.03.2020, 05 10 2020, call 2020-2021'],
    [
      'numbers of other kinds',
      'order 20231105123456, 0.123456789, 1700000000000, 3.14159, 2.71828',
    ],
    ['vectors', '[0.1234, -0.5678, 0.9012, 0.3456]'],
  ])('%s: %s', (_, text) => {
    expect(found(text)).toEqual([]);
  });
});

it('knows national numbers of the region it is given', () => {
  expect(found('Rückruf 030 901820')).toEqual([]);
  expect(found('Rückruf 030 901820', { region: 'DE' })).toEqual(['phone 030 901820']);
});
