"""Where anybody gets a mailbox: free-mail providers, access providers and throw-away addresses.

Kept by hand, because no well-kept list has a licence and a size that suit. An address under one of these
says nothing about the organisation somebody works for. Subdomains count as well.
"""

from __future__ import annotations

# Providers with a domain per country: "yahoo" stands for yahoo.com, yahoo.de, yahoo.co.uk ...
FAMILIES = frozenset(
    "aol freemail gmail gmx googlemail hotmail live mail msn outlook protonmail rambler rocketmail tuta tutanota "
    "wanadoo yahoo yandex ymail zoho".split()
)

DOMAINS = frozenset(
    # Worldwide
    "addy.io aim.com anonaddy.com anonaddy.me cock.li disroot.org duck.com fastmail.com fastmail.fm hey.com "
    "hushmail.com icloud.com ik.me inbox.com keemail.me lavabit.com mac.com mailbox.org mailfence.com me.com "
    "mozmail.com onmail.com passmail.com passmail.net passport.com pm.me privaterelay.appleid.com proton.me "
    "riseup.net runbox.com simplelogin.com simplelogin.io skiff.com slmail.me startmail.com tuta.io tutamail.com "
    "usa.net vivaldi.net zohomail.com zohomail.eu "
    # Domains of mail.com, where anybody chooses one
    "accountant.com activist.com asia.com berlin.com cheerful.com chef.net collector.org consultant.com "
    "contractor.net counsellor.com cyberservices.com dr.com email.com engineer.com europe.com execs.com "
    "graphic-designer.com groupmail.com iname.com journalist.com lawyer.com london.com musician.org myself.com "
    "post.com programmer.net publicist.com realtyagent.com secretary.net techie.com "
    "tech-center.com therapist.net usa.com workmail.com writeme.com "
    # Germany, Austria, Switzerland
    "a1.net aon.at arcor.de bluemail.ch bluewin.ch chello.at eclipso.de email.de freenet.de hispeed.ch "
    "inode.at kabelmail.de netcologne.de o2mail.de o2online.de online.de posteo.at posteo.de posteo.net "
    "sunrise.ch t-online.de unitybox.de utanet.at vodafone.de web.de "
    # France, Belgium, Netherlands, Luxembourg
    "bbox.fr free.fr hetnet.nl home.nl kpnmail.nl laposte.net neuf.fr noos.fr numericable.fr orange.fr "
    "pt.lu quicknet.nl sfr.fr skynet.be telenet.be upcmail.nl xs4all.nl ziggo.nl "
    # British Isles
    "blueyonder.co.uk btinternet.com btopenworld.com eircom.net ntlworld.com plusnet.com sky.com "
    "talk21.com talktalk.net virgin.net virginmedia.com "
    # Nordic countries and the Baltic
    "bredband.net c2i.net comhem.se dbmail.dk elisanet.fi home.se inbox.lt inbox.lv jubii.dk kolumbus.fi "
    "luukku.com mail.ee ofir.dk online.no saunalahti.fi spray.se stofanet.dk telenor.no telia.com "
    "webspeed.dk "
    # Southern Europe
    "alice.it clix.pt email.it fastwebnet.it iol.it libero.it netcabo.pt otenet.gr sapo.pt telefonica.net "
    "terra.es tim.it tin.it tiscali.it virgilio.it vodafone.it "
    # Eastern Europe
    "abv.bg atlas.cz azet.sk bk.ru centrum.cz centrum.sk citromail.hu email.cz i.ua inbox.ru interia.eu "
    "interia.pl internet.ru list.ru o2.pl onet.eu onet.pl op.pl post.cz seznam.cz tlen.pl ukr.net "
    "volny.cz windowslive.com wp.pl ya.ru zoznam.sk "
    # The Americas
    "att.net bell.net bellsouth.net bol.com.br charter.net comcast.net cox.net earthlink.net globo.com "
    "ig.com.br juno.com netzero.net optonline.net prodigy.net prodigy.net.mx r7.com rogers.com "
    "sbcglobal.net shaw.ca sympatico.ca telus.net terra.com.br uol.com.br verizon.net videotron.ca "
    # Asia and the Pacific
    "126.com 139.com 163.com 188.com 189.cn bigpond.com bigpond.net.au daum.net docomo.ne.jp ezweb.ne.jp "
    "foxmail.com hanmail.net iinet.net.au indiatimes.com nate.com naver.com netvigator.com "
    "optusnet.com.au qq.com rediffmail.com sina.cn sina.com softbank.ne.jp sohu.com vip.qq.com xtra.co.nz "
    "yeah.net "
    # Throw-away addresses
    "10minutemail.com 10minutemail.net dispostable.com dropmail.me emailondeck.com fakeinbox.com getnada.com grr.la "
    "guerrillamail.com maildrop.cc mailinator.com mailnesia.com mintemail.com moakt.com mohmal.com "
    "sharklasers.com spamgourmet.com temp-mail.org tempmail.com throwawaymail.com trash-mail.com "
    "trashmail.com trbvm.com wegwerfmail.de yopmail.com yopmail.fr".split()
)
