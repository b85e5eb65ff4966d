"""Words that tell whether something in running Dutch text points at a person, and others.

Lists are short on purpose: most names are found by their capital and their place in the sentence
(`traces.py`). What belongs to one town or study is no code: a study adds its own words.
"""

from __future__ import annotations

from academic_workplace.intake.identity.patterns import words_in

# First names and surnames that are everyday words as well when written without a capital, and of
# which some begin a sentence (Mark, Bas, Roos).
EVERYDAY = words_in(
    """
    arend bart bas ben best beste bloem boer bos brouwer dekker dijk faith fleur floor frank
    frans groot haan hart hugo ivy jack jace jade jet jip jong kim klaas koen kok koning koster
    kuipers leeuw lieve linde linden maas mark mart max meer mees meijer merel nick niek pim
    post prins punt rick rob roos sam smit ster sterre storm tim tran veen vera victor vink
    visser vliet vos wal will wit ziel an al bruin bruijn
    """
)

PLACES = words_in(
    """
    leiden leiderdorp voorschoten oegstgeest zoeterwoude katwijk noordwijk noordwijkerhout
    wassenaar warmond sassenheim voorhout lisse hillegom teylingen rijnsburg valkenburg alphen
    gouda delft zoetermeer rijswijk amsterdam rotterdam utrecht eindhoven groningen tilburg
    almere breda nijmegen arnhem haarlem enschede amersfoort apeldoorn hoofddorp maastricht
    dordrecht zwolle deventer alkmaar leeuwarden venlo assen emmen helmond hilversum heerlen
    lelystad purmerend schiedam spijkenisse vlaardingen almelo hengelo hoogeveen zaandam
    roosendaal zeist nieuwegein veenendaal bussum middelburg vlissingen terneuzen doetinchem
    zutphen tiel culemborg woerden bodegraven waddinxveen boskoop hazerswoude koudekerk
    leimuiden nieuwveen kaag leidschendam voorburg nootdorp pijnacker delfgauw scheveningen
    nederland belgië duitsland frankrijk engeland spanje italië polen turkije marokko suriname
    curaçao aruba syrië irak iran afghanistan eritrea somalië oekraïne rusland china india
    pakistan indonesië ghana nigeria egypte bulgarije roemenië hongarije portugal griekenland
    brazilië colombia venezuela vietnam
    """
)
EVERYDAY_PLACES = words_in(
    "leiden assen polen delft best goes ede"
)  # verbs and nouns, without a capital
IN_PLACE = words_in("in uit naar te vanuit richting rond nabij")
PLACE_ENDS = ("wijk", "dorp", "buurt", "kwartier", "drecht", "hoven", "veen", "dam", "burg", "kerk",
              "zoom", "polder", "hage")  # fmt: skip

# What is written with a capital inside a sentence and points at nobody.
CAPITALS = words_in(
    """
    nederlands nederlandse nederlander nederlanders engels engelse duits duitse frans franse
    spaans spaanse arabisch arabische turks turkse marokkaans marokkaanse pools poolse syrisch
    syrische oekraïens oekraïense somalisch chinees chinese europees europese surinaams
    surinaamse antilliaans papiaments berbers tigrinya latijn grieks whatsapp app instagram
    tiktok youtube google snapchat teams zoom magister somtoday parnassys social cito chromebook
    ipad iphone laptop netflix minecraft fortnite roblox spotify facebook playstation squla
    snappet kerst kerstmis pasen pinksteren sinterklaas suikerfeest ramadan offerfeest eid
    koningsdag kerstvakantie god allah bijbel koran islam ik u uw wij maandag dinsdag woensdag
    donderdag vrijdag zaterdag zondag levensvaardigheden mentoraat
    """
)
ACRONYMS = words_in(
    """
    havo vwo vmbo mavo mbo hbo wo po vo so vso sbo isk ov tv ai adhd add ass nt2 ib mr ict pta
    vve bso cjg ggd gz ok sms pc id kwt lob tl gl bb kb vmbo-t vmbo-tl vmbo-gt havo-vwo havo/vwo
    po-vo dvd cd rt nl en
    """
)

# Words that open a sentence, so that a capital there says nothing.
OPENERS = words_in(
    """
    aan achter af al alle alleen allemaal als altijd ander andere anders beide bij bijna binnen
    boven buiten daar daardoor daarna daarom daarvoor dan dat de deze die dit doe doen door dus
    een één eerder eerst eerste eigenlijk elk elke en enkele er ergens even geen gelukkig gewoon
    gisteren goed graag haar heb hebben hiervoor hierdoor hierbij hieraan heel heeft hen het
    hier hij hoe hoewel hun iedereen ieder iedere iemand iets ik in inmiddels is ja je jij jouw
    juist kan kinderen komt kortom later laatst leerlingen leraren docenten leerkrachten lezen
    maar mag man me meer meestal mensen met mij mijn misschien moet na naar naast natuurlijk nee
    net niemand niet niets nog nooit nou nu of om omdat onder onlangs ons onze ook op opeens
    over ouders overal per samen school sinds soms sommige straks tegen terwijl thuis toch toen
    tot tijdens uit uiteindelijk vaak van vandaag vanaf veel vier verder volgens voor vooral
    voordat vorig vorige vroeger waar waarom waarschijnlijk wanneer want was wat we weer welk
    welke wel wie wij worden wordt zal ze zelf zelfs zij zijn zo zoals zodat zodra zolang zonder
    zou zulke twee drie vijf zes moeder vader mama papa oma opa juf meester mevrouw meneer
    mentor docent leraar lerares leerkracht dochter zoon broer zus vriend vriendin vrienden klas
    les lessen huiswerk toetsen toets groep advies gesprek gesprekken
    """
)
PERSON_VERBS = words_in(
    """
    zei zegt zeggen vertelde vertelt vroeg vraagt belde belt hielp helpt heeft had is was kwam
    komt wil wilde kan kon ging gaat zat zit deed doet legt legde gaf geeft vond vindt mag mocht
    moet moest woont woonde werd wordt heet appte stuurde kreeg krijgt dacht denkt keek kijkt
    speelt speelde luistert luisterde begrijpt begreep snapt snapte en
    """
)
TITLES = words_in("juf juffrouw meester meneer mevrouw mw dhr mevr tante oom heet heette genaamd")
# After a title these are no name: juf die, meester heeft, mevrouw van de balie.
NO_NAME = (
    OPENERS
    | PERSON_VERBS
    | words_in(
        """
    ben bent werd zouden zullen konden waren hadden altijd steeds toen echt erg zelf hem haar
    mij ons ze het m'n 't 'n leest ziet zag weet wist blijft bleef ook dus wel extra meteen
    direct rustig aardig lief streng boos blij nieuw nieuwe oude leuke lieve twee drie groep
    klas kijkt liet laat maakt maakte
    """
    )
)
NO_SCHOOL = words_in(
    """
    basisschool school voorschool middelbareschool hogeschool zomerschool weekendschool
    muziekschool taalschool dansschool avondschool brugschool college colleges hoorcollege
    werkcollege minicollege gymnasium lyceum mavo voetbalschool zwemschool moskeeschool
    koranschool peuterschool huiswerkschool kleuterschool naschool thuisschool danscollege
    topschool
    """
)
# Before a capital and a full stop: plan B. is nobody.
NO_INITIAL = ("plan", "optie", "groep", "klas", "vraag", "vitamine", "deel", "punt", "keuze",
              "antwoord", "letter", "niveau", "variant")  # fmt: skip
# Before straat, weg or plein: of every town, or no street at all.
NO_STREET = (
    "school", "speel", "snel", "fiets", "hoofd", "zij", "winkel", "woon", "dwars", "spoor", "over",
    "leer", "heen", "terug", "om", "uit", "door", "auto", "loop", "wandel", "buurt", "markt",
    "dorps", "midden", "halver", "onder", "voorrangs",
)  # fmt: skip
