/** Endings by which a bare name counts as a link: the country codes and the generic domains in common use. */
const COUNTRIES =
  'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc ' +
  'cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga ' +
  'gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo ' +
  'jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ' +
  'ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ' +
  'ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to ' +
  'tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw рф укр бел'
const GENERIC =
  'com net org edu gov mil int info biz name pro aero asia cat coop jobs mobi museum post tel travel xxx app dev page ' +
  'blog shop store online site website tech cloud digital agency studio design art music video photo games game live ' +
  'news media press tv radio film fm email chat social network systems software services solutions support help wiki ' +
  'center company team group club world city country space land house home estate properties rent sale buy market ' +
  'money finance bank capital fund loan tax credit cash trade exchange crypto ton health care clinic doctor dental fit ' +
  'yoga run bike car auto taxi flights holiday tours hotel food pizza cafe coffee bar beer wine kitchen recipes school ' +
  'academy college university education training courses science engineering energy solar green eco earth farm garden ' +
  'fashion clothing shoes jewelry beauty love dating family kids baby pet dog fun lol wtf ninja guru expert pub bot ' +
  'link click host zone top xyz one fyi new icu vip win bid date download gdn moe moscow москва онлайн сайт дети орг ' +
  'onion google youtube goog'
const KNOWN: ReadonlySet<string> = new Set(`${COUNTRIES} ${GENERIC}`.split(' '))

/** Whether a name that ends so is a link without saying `http://`. */
export function isTopLevelDomain(label: string): boolean {
  return KNOWN.has(label.toLowerCase()) || /^xn--[a-z0-9-]{2,59}$/i.test(label)
}
