/** A table like ClickBench's `hits`, 105 columns wide, filled by a deterministic generator in SQL. */
import type { ConnectOptions } from '@millrace/engine';

export const CLICKBENCH_TABLES: NonNullable<ConnectOptions['tables']> = {
  hits: { key: 'userid' },
};

/** Columns of each type, with what a row `i` of a random number `r` has in them; others have nothing in them. */
const FILLED: readonly (readonly [column: string, type: string, value: string])[] = [
  ['WatchID', 'bigint', `9000000000000000000 + rnd('w' || i / 2, 100000000)`],
  ['Title', 'text', `(array['', 'Google maps', 'A page', 'News of Google'])[1 + r % 4]`],
  ['EventTime', 'timestamp', `t`],
  ['EventDate', 'date', `t`],
  ['CounterID', 'integer', `(array[62, 62, 62, 17, 4])[1 + r % 5]`],
  ['ClientIP', 'integer', `rnd('ip' || i / 4, 2000000000) - 1000000000`],
  ['RegionID', 'integer', `rnd('rg' || i, 30)`],
  [
    'UserID',
    'bigint',
    `case when i % 50 = 0 then 435090932899640449 else rnd('u' || i / 3, 9000000000000000000) end`,
  ],
  [
    'URL',
    'text',
    `(array['http://google.com/', 'https://www.a.net/x', 'http://b.org/', ''])[1 + rnd('url' || i, 4)] || r % 50`,
  ],
  [
    'Referer',
    'text',
    `(array['http://www.c.com/', 'https://d.net/', ''])[1 + rnd('rf' || i, 3)] || r % 9`,
  ],
  ['IsRefresh', 'smallint', `(r % 3 = 0)::int`],
  ['ResolutionWidth', 'smallint', `800 + r % 1200`],
  ['MobilePhone', 'smallint', `r % 7`],
  ['MobilePhoneModel', 'text', `(array['', '', 'iPad', 'N8', 'A5'])[1 + rnd('mm' || i, 5)]`],
  ['TraficSourceID', 'smallint', `rnd('ts' || i, 11) - 1`],
  ['SearchEngineID', 'smallint', `rnd('se' || i, 5)`],
  [
    'SearchPhrase',
    'text',
    `(array['', '', 'кино', 'weather', 'Ärger', 'maps'])[1 + rnd('sp' || i, 6)]`,
  ],
  ['AdvEngineID', 'smallint', `greatest(0, rnd('ae' || i, 30) - 20)`],
  ['WindowClientWidth', 'smallint', `300 + r % 60`],
  ['WindowClientHeight', 'smallint', `200 + r % 40`],
  ['IsLink', 'smallint', `rnd('il' || i, 2)`],
  ['IsDownload', 'smallint', `(r % 11 = 0)::int`],
  ['DontCountHits', 'smallint', `rnd('dc' || i, 2)`],
  ['HitColor', 'char', `(array['T', 'E', 'g'])[1 + r % 3]`],
  ['RefererHash', 'bigint', `(array[3594120000172545465, 1, -7])[1 + rnd('rh' || i, 3)]`],
  ['URLHash', 'bigint', `(array[2868770270353813622, 5])[1 + r % 2]`],
];

const SMALLINTS = `JavaEnable GoodEvent CounterClass OS UserAgent RefererCategoryID URLCategoryID ResolutionHeight
  ResolutionDepth FlashMajor FlashMinor NetMajor NetMinor UserAgentMajor CookieEnable JavascriptEnable IsMobile
  IsArtifical ClientTimeZone SilverlightVersion1 SilverlightVersion2 SilverlightVersion4 IsNotBounce IsOldCounter
  IsEvent IsParameter WithHash Age Sex Income Interests Robotness HistoryLength HTTPError SocialSourceNetworkID
  ParamCurrencyID HasGCLID`;
const INTEGERS = `RefererRegionID URLRegionID IPNetworkID SilverlightVersion3 CodeVersion HID RemoteIP WindowName
  OpenerName SendTiming DNSTiming ConnectTiming ResponseStartTiming ResponseEndTiming FetchTiming CLID`;
const TEXTS = `FlashMinor2 UserAgentMinor Params PageCharset OriginalURL BrowserLanguage BrowserCountry SocialNetwork
  SocialAction SocialSourcePage ParamOrderID ParamCurrency OpenstatServiceName OpenstatCampaignID OpenstatAdID
  OpenstatSourceID UTMSource UTMMedium UTMCampaign UTMContent UTMTerm FromTag`;
const BIGINTS = 'FUniqID ParamPrice';
const TIMESTAMPS = 'ClientEventTime LocalEventTime';

const others = (names: string, type: string, value: string): string[] =>
  names.split(/\s+/).map((name) => `${name} ${type} not null default ${value}`);

const COLUMNS = [
  ...FILLED.map(([column, type]) => `${column} ${type} not null`),
  ...others(SMALLINTS, 'smallint', '0'),
  ...others(INTEGERS, 'integer', '0'),
  ...others(BIGINTS, 'bigint', '0'),
  ...others(TEXTS, 'text', `''`),
  ...others(TIMESTAMPS, 'timestamp', `'2013-07-01'`),
];

export const CLICKBENCH_COLUMNS: number = COLUMNS.length;

export const CLICKBENCH_SETUP: string = `
create table hits (${COLUMNS.join(', ')});
-- A number below n that looks random, the same every time.
create function rnd(seed text, n bigint) returns bigint language sql immutable
  as $$ select ((hashtextextended($1, 42) & 9223372036854775807) % $2) $$;
insert into hits (${FILLED.map(([column]) => column).join(', ')})
  select ${FILLED.map(([, , value]) => value).join(', ')}
  from generate_series(1, 4000) i, lateral (select rnd('r' || i, 1000000) as r) a,
    lateral (select timestamp '2013-07-01' + rnd('t' || i, 2600000) * interval '1 second' as t) b;
analyze;`;
