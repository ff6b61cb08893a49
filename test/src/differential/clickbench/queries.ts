/** The 43 queries of ClickBench (https://github.com/ClickHouse/ClickBench), their thresholds fitted to a small table. */
import { type Statement, statements } from '../statement.js';

/** Visits of one counter in July, as the last queries ask for them. */
const JULY = `counterid = 62 and eventdate >= '2013-07-01' and eventdate <= '2013-07-31'`;
const MID_JULY = `counterid = 62 and eventdate >= '2013-07-14' and eventdate <= '2013-07-15'`;

const widths = Array.from(
  { length: 90 },
  (_, i) => `sum(resolutionwidth${i === 0 ? '' : ` + ${i}`})`,
).join(', ');

export const CLICKBENCH_QUERIES: readonly Statement[] = statements('ClickBench', [
  'select count(*) from hits',
  'select count(*) from hits where advengineid <> 0',
  'select sum(advengineid), count(*), avg(resolutionwidth) from hits',
  'select avg(userid) from hits',
  'select count(distinct userid) from hits',
  'select count(distinct searchphrase) from hits',
  'select min(eventdate), max(eventdate) from hits',
  'select advengineid, count(*) from hits where advengineid <> 0 group by advengineid order by count(*) desc',
  'select regionid, count(distinct userid) as u from hits group by regionid order by u desc limit 10',
  `select regionid, sum(advengineid), count(*) as c, avg(resolutionwidth), count(distinct userid) from hits
   group by regionid order by c desc limit 10`,
  `select mobilephonemodel, count(distinct userid) as u from hits where mobilephonemodel <> ''
   group by mobilephonemodel order by u desc limit 10`,
  `select mobilephone, mobilephonemodel, count(distinct userid) as u from hits where mobilephonemodel <> ''
   group by mobilephone, mobilephonemodel order by u desc limit 10`,
  `select searchphrase, count(*) as c from hits where searchphrase <> '' group by searchphrase order by c desc limit 10`,
  `select searchphrase, count(distinct userid) as u from hits where searchphrase <> ''
   group by searchphrase order by u desc limit 10`,
  `select searchengineid, searchphrase, count(*) as c from hits where searchphrase <> ''
   group by searchengineid, searchphrase order by c desc limit 10`,
  'select userid, count(*) from hits group by userid order by count(*) desc limit 10',
  'select userid, searchphrase, count(*) from hits group by userid, searchphrase order by count(*) desc limit 10',
  'select userid, searchphrase, count(*) from hits group by userid, searchphrase limit 10',
  `select userid, extract(minute from eventtime) as m, searchphrase, count(*) from hits
   group by userid, m, searchphrase order by count(*) desc limit 10`,
  'select userid from hits where userid = 435090932899640449',
  `select count(*) from hits where url like '%google%'`,
  `select searchphrase, min(url), count(*) as c from hits where url like '%google%' and searchphrase <> ''
   group by searchphrase order by c desc limit 10`,
  `select searchphrase, min(url), min(title), count(*) as c, count(distinct userid) from hits
   where title like '%Google%' and url not like '%.google.%' and searchphrase <> ''
   group by searchphrase order by c desc limit 10`,
  `select * from hits where url like '%google%' order by eventtime limit 10`,
  `select searchphrase from hits where searchphrase <> '' order by eventtime limit 10`,
  `select searchphrase from hits where searchphrase <> '' order by searchphrase limit 10`,
  `select searchphrase from hits where searchphrase <> '' order by eventtime, searchphrase limit 10`,
  `select counterid, avg(length(url)) as l, count(*) as c from hits where url <> ''
   group by counterid having count(*) > 100 order by l desc limit 25`,
  `select regexp_replace(referer, '^https?://(?:www\\.)?([^/]+)/.*$', '\\1') as k, avg(length(referer)) as l,
     count(*) as c, min(referer) from hits where referer <> '' group by k having count(*) > 100
   order by l desc limit 25`,
  `select ${widths} from hits`,
  `select searchengineid, clientip, count(*) as c, sum(isrefresh), avg(resolutionwidth) from hits
   where searchphrase <> '' group by searchengineid, clientip order by c desc limit 10`,
  `select watchid, clientip, count(*) as c, sum(isrefresh), avg(resolutionwidth) from hits
   where searchphrase <> '' group by watchid, clientip order by c desc limit 10`,
  `select watchid, clientip, count(*) as c, sum(isrefresh), avg(resolutionwidth) from hits
   group by watchid, clientip order by c desc limit 10`,
  'select url, count(*) as c from hits group by url order by c desc limit 10',
  'select 1, url, count(*) as c from hits group by 1, url order by c desc limit 10',
  `select clientip, clientip - 1, clientip - 2, clientip - 3, count(*) as c from hits
   group by clientip, clientip - 1, clientip - 2, clientip - 3 order by c desc limit 10`,
  `select url, count(*) as pageviews from hits where ${JULY} and dontcounthits = 0 and isrefresh = 0 and url <> ''
   group by url order by pageviews desc limit 10`,
  `select title, count(*) as pageviews from hits where ${JULY} and dontcounthits = 0 and isrefresh = 0
   and title <> '' group by title order by pageviews desc limit 10`,
  `select url, count(*) as pageviews from hits where ${JULY} and isrefresh = 0 and islink <> 0 and isdownload = 0
   group by url order by pageviews desc limit 10 offset 20`,
  `select traficsourceid, searchengineid, advengineid,
     case when (searchengineid = 0 and advengineid = 0) then referer else '' end as src, url as dst,
     count(*) as pageviews from hits where ${JULY} and isrefresh = 0
   group by traficsourceid, searchengineid, advengineid, src, dst order by pageviews desc limit 10 offset 100`,
  `select urlhash, eventdate, count(*) as pageviews from hits where ${JULY} and isrefresh = 0
   and traficsourceid in (-1, 6) and refererhash = 3594120000172545465
   group by urlhash, eventdate order by pageviews desc limit 10 offset 10`,
  `select windowclientwidth, windowclientheight, count(*) as pageviews from hits where ${JULY} and isrefresh = 0
   and dontcounthits = 0 and urlhash = 2868770270353813622
   group by windowclientwidth, windowclientheight order by pageviews desc limit 10 offset 20`,
  `select date_trunc('minute', eventtime) as m, count(*) as pageviews from hits where ${MID_JULY} and isrefresh = 0
   and dontcounthits = 0 group by date_trunc('minute', eventtime) order by date_trunc('minute', eventtime)
   limit 10 offset 5`,
]);
