/** Every type of PostgreSQL's, with its extremes: what the table tests of this folder run over. */

/** How an Arrow column of the type is compared with the server: see `arrow-truth.ts`. */
export type Truth =
  | 'text'
  | 'number'
  | 'bool'
  | 'float'
  | 'bytes'
  | 'uuid'
  | 'days'
  | 'micros'
  | 'decimal';

export interface TypeSample {
  /** As it is written in SQL. */
  readonly type: string;
  /** Its name in docs/types.md, where that is another one. */
  readonly listed?: string;
  /** Texts of its values: the least and the greatest, the odd ones, the empty one if there is one. */
  readonly values: readonly string[];
  /** Values that Arrow has no room for. */
  readonly special?: readonly string[];
  readonly arrow: Truth;
  /** Pseudo-types have neither domains nor arrays. */
  readonly bare?: true;
}

const NINES = '9'.repeat(38);
/** The most digits before and after the point that a numeric holds: some of each. */
const LONG_NUMBER = `-${'1234567890'.repeat(100)}.${'0987654321'.repeat(100)}`;

function sample(type: string, arrow: Truth, values: readonly string[], more = {}): TypeSample {
  return { type, arrow, values, ...more };
}

const texts = (type: string, ...values: string[]): TypeSample => sample(type, 'text', values);

const NUMBERS: readonly TypeSample[] = [
  sample('bool', 'bool', ['t', 'f'], { listed: 'boolean' }),
  sample('int2', 'number', ['-32768', '0', '32767'], { listed: 'smallint' }),
  sample('int4', 'number', ['-2147483648', '-1', '2147483647'], { listed: 'integer' }),
  sample(
    'int8',
    'number',
    ['-9223372036854775808', '-1', '0', '9007199254740993', '9223372036854775807'],
    { listed: 'bigint' },
  ),
  sample('oid', 'number', ['0', '2147483648', '4294967295']),
  sample(
    'float4',
    'float',
    ['0', '-0', 'NaN', 'Infinity', '-Infinity', '1e-45', '3.4028235e38', '0.1', '16777217'],
    { listed: 'real' },
  ),
  sample(
    'float8',
    'float',
    ['0', '-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '1.7976931348623157e308', '0.1'],
    { listed: 'double precision' },
  ),
  texts(
    'numeric',
    ...['0', '0.00', '-0.00', 'NaN', 'Infinity', '-Infinity', '1e-200', '1e1000', LONG_NUMBER],
    `1e-16383`,
    `1e131071`,
  ),
  sample('numeric(12,2)', 'decimal', ['0', '-0.01', '9999999999.99', '-9999999999.99'], {
    listed: 'numeric(p,s), p ≤ 38, 0 ≤ s ≤ p',
    special: ['NaN'],
  }),
  sample('numeric(38,0)', 'decimal', [NINES, `-${NINES}`, '0', '9007199254740993'], {
    listed: 'numeric(p,s), p ≤ 38, 0 ≤ s ≤ p',
    special: ['NaN'],
  }),
  sample('numeric(38,38)', 'decimal', [`0.${NINES}`, `-0.${NINES}`, '0'], {
    listed: 'numeric(p,s), p ≤ 38, 0 ≤ s ≤ p',
  }),
  {
    ...texts('numeric(1000,500)', '0', `${'7'.repeat(500)}.${'3'.repeat(500)}`),
    listed: 'numeric',
  },
  { ...texts('numeric(5,-2)', '1234500', '-100'), listed: 'numeric' },
  { ...texts('numeric(3,5)', '0.00123'), listed: 'numeric' },
  texts('money', '0', '12.34', '-92233720368547758.08', '92233720368547758.07'),
];

const TEXTS: readonly TypeSample[] = [
  texts(
    'text',
    '',
    'plain',
    'naïve €',
    '😀 beyond',
    '" \\ \' , { }',
    'NULL',
    'line\nend\t',
    'x'.repeat(3000),
  ),
  { ...texts('varchar(20)', '', ' ', 'é', '12345678901234567890'), listed: 'character varying' },
  { ...texts('varchar', '', 'without a limit'), listed: 'character varying' },
  { ...texts('bpchar(5)', '', 'ab', 'äöüßé'), listed: 'character' },
  { ...texts('bpchar', '', 'trailing   '), listed: 'character' },
  texts('"char"', 'x', '', '\\377'),
  texts('name', '', 'a_name', 'n'.repeat(63)),
  texts('xml', '<a>ü &amp; 1</a>', 'no element'),
  sample('bytea', 'bytes', [
    '\\x',
    '\\x00',
    '\\xdeadbeef00ff',
    '\\x5c5c27',
    `\\x${'ab'.repeat(5000)}`,
  ]),
  texts(
    'json',
    'null',
    '{"a" : [1, 2.50, "x", null, {"b": true}]}',
    '1e400',
    '"text"',
    '[]',
    '{}',
    'false',
  ),
  texts(
    'jsonb',
    'null',
    '{}',
    '{"z": 1, "a": "é \\" \\\\"}',
    '[1, [2, [3]]]',
    '12345678901234567890',
  ),
  texts('jsonpath', '$', '$."a"[*]?(@ > 1)', 'strict $."b"'),
  texts('tsvector', '', "'a':1 'b':2A", "'it''s':3"),
  texts('tsquery', '', "'a' & !'b' | 'c':*", "'x' <-> 'y'"),
  sample('uuid', 'uuid', [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ]),
];

const TIMES: readonly TypeSample[] = [
  sample(
    'date',
    'days',
    ['2001-02-03', '1969-12-31', '0001-01-01', '0001-12-31 BC', '4714-11-24 BC', '5874897-12-31'],
    {
      special: ['infinity', '-infinity'],
    },
  ),
  { ...texts('time', '00:00:00', '24:00:00', '12:34:56.789012'), listed: 'time without time zone' },
  { ...texts('time(2)', '23:59:59.99'), listed: 'time without time zone' },
  {
    ...texts('timetz', '12:34:56.789012+05:30', '00:00:00-12', '24:00:00+15:59:59'),
    listed: 'time with time zone',
  },
  sample(
    'timestamp',
    'micros',
    [
      '2001-02-03 04:05:06.789999',
      '1969-12-31 23:59:59.999999',
      '0044-03-15 10:00:00 BC',
      '4714-11-24 00:00:00 BC',
      '294246-12-31 23:59:59.999999',
    ],
    {
      listed: 'timestamp without time zone',
      special: ['infinity', '-infinity', '294276-12-31 23:59:59.999999'],
    },
  ),
  sample('timestamp(3)', 'micros', ['2001-02-03 04:05:06.789'], {
    listed: 'timestamp without time zone',
  }),
  sample(
    'timestamptz',
    'micros',
    [
      '2001-02-03 04:05:06.789999+02',
      '1883-11-18 12:00:00+00',
      '0099-06-01 00:00:00+00',
      '4714-11-24 00:00:00+00 BC',
      '294246-12-31 23:59:59.999999+00',
    ],
    {
      listed: 'timestamp with time zone',
      special: ['infinity', '-infinity', '294276-12-31 23:59:59.999999+00'],
    },
  ),
  texts(
    'interval',
    '0',
    '1 year 2 mons -3 days',
    '-00:00:00.5',
    '04:05:06.789',
    '1 day -1 hour',
    '178000000 years',
    '-178000000 years',
    '2562047788:00:54.775807',
  ),
  { ...texts('interval day to second(2)', '1 day 00:00:00.25'), listed: 'interval' },
];

const PLACES: readonly TypeSample[] = [
  texts('inet', '192.168.0.1/24', '10.0.0.1', '::1', 'ffff::/16'),
  texts('cidr', '10.0.0.0/8', '::/0', '255.255.255.255/32'),
  texts('macaddr', '08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff'),
  texts('macaddr8', '08:00:2b:01:02:03:04:05'),
  { ...texts('bit(4)', '1010', '0000'), listed: 'bit' },
  { ...texts('bit varying', '', '110', '1'.repeat(100)), listed: 'bit varying' },
  texts('point', '(1.5,-2)', '(NaN,Infinity)', '(-1e-300,1e300)'),
  texts('circle', '<(1,2),3>', '<(-1.5,1e10),0>'),
  texts('lseg', '[(1,2),(3,4)]'),
  texts('path', '[(1,2),(3,4)]', '((0,0),(1,0),(1,1))'),
  texts('box', '(3,4),(1,2)'),
  texts('polygon', '((0,0),(1,0),(1,1))'),
  texts('line', '{1,-1,0}'),
];

const RANGES: readonly TypeSample[] = [
  texts('int4range', '[1,5)', 'empty', '(,)', '[-2147483648,2147483647)'),
  texts('int8range', 'empty', '[1,9223372036854775807)'),
  texts('numrange', 'empty', '[1.5,NaN]', '(,-Infinity]'),
  texts('daterange', 'empty', '[2001-02-03,infinity)', '(,0044-03-15 BC)'),
  texts('tsrange', 'empty', '["2001-02-03 04:05:06",)'),
  texts('tstzrange', 'empty', '["2001-02-03 04:05:06+00",infinity]'),
  texts('int4multirange', '{}', '{[1,2),[5,6)}', '{(,)}'),
  texts('int8multirange', '{}', '{[1,2)}'),
  texts('nummultirange', '{}', '{[1.5,2.5],(3,)}'),
  texts('datemultirange', '{}', '{[2001-02-03,2001-02-05)}'),
  texts('tsmultirange', '{}', '{["2001-02-03 04:05:06","2001-02-03 05:00:00")}'),
  texts('tstzmultirange', '{}', '{["2001-02-03 04:05:06+00",)}'),
];

const SYSTEM: readonly TypeSample[] = [
  texts('regproc', 'now', 'pg_catalog.version'),
  texts('regprocedure', 'abs(integer)', '-'),
  texts('regoper', '0', 'pg_catalog.||/'),
  texts('regoperator', '+(integer,integer)', '0'),
  texts('regclass', 'pg_class', 'pg_catalog.pg_stats'),
  texts('regtype', 'integer', 'timestamp with time zone[]', '-'),
  texts('regconfig', 'english'),
  texts('regdictionary', 'simple'),
  texts('regnamespace', 'pg_catalog'),
  texts('regrole', 'pg_monitor'),
  texts('regcollation', '"C"'),
  texts('tid', '(0,1)', '(4294967295,65535)'),
  texts('xid', '0', '4294967295'),
  texts('xid8', '0', '18446744073709551615'),
  texts('cid', '0', '4294967295'),
  texts('pg_lsn', '0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF'),
  texts('pg_snapshot', '10:20:10,14,15', '1:1:'),
  texts('txid_snapshot', '10:20:10,14,15'),
  texts('int2vector', '', '1 2 3'),
  texts('oidvector', '', '1 4294967295'),
  texts('aclitem', 'pg_monitor=r/pg_monitor'),
  texts('refcursor', '', 'a cursor'),
];

/** What `create` statements make: see `USER_TYPES`. */
const USER: readonly TypeSample[] = [
  { ...texts('mood', 'sad', 'fröh lich', ''), listed: '' },
  { ...texts('pair', '(1,x)', '(,)', '(-1,"a ""quoted"", one")', '(0,"")'), listed: '' },
  { ...texts('moodrange', '[sad,"fröh lich"]', 'empty'), listed: '' },
  { ...texts('moodmultirange', '{}', '{[sad,"fröh lich"]}'), listed: '' },
];

export const USER_TYPES = `
  create type mood as enum ('', 'sad', 'fröh lich');
  create type pair as (a int, b text);
  create type moodrange as range (subtype = mood);`;

export const TYPE_SAMPLES: readonly TypeSample[] = [
  ...NUMBERS,
  ...TEXTS,
  ...TIMES,
  ...PLACES,
  ...RANGES,
  ...SYSTEM,
  ...USER,
];
