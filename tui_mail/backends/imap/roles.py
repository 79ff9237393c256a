"""Which folder serves which purpose: by what the server says, else by its name in the languages mail servers speak.

Owns the table of names. Must not know connections.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from tui_mail.model.mail import Role

SPECIAL_USE = {
    b"\\SENT": Role.SENT,
    b"\\SENTMAIL": Role.SENT,
    b"\\DRAFTS": Role.DRAFTS,
    b"\\TRASH": Role.TRASH,
    b"\\JUNK": Role.JUNK,
    b"\\SPAM": Role.JUNK,
    b"\\ARCHIVE": Role.ARCHIVE,
    b"\\ALL": Role.ALL,
    b"\\ALLMAIL": Role.ALL,
    b"\\FLAGGED": Role.FLAGGED,
    b"\\STARRED": Role.FLAGGED,
}
"""Attributes of LIST (RFC 6154; XLIST's too), in upper case."""

USE = {
    Role.SENT: b"\\Sent",
    Role.DRAFTS: b"\\Drafts",
    Role.TRASH: b"\\Trash",
    Role.JUNK: b"\\Junk",
    Role.ARCHIVE: b"\\Archive",
    Role.FLAGGED: b"\\Flagged",
}

_NAMES: Mapping[Role, str] = {
    Role.SENT: """
        Sent|Sent Items|Sent Mail|Sent Messages|Sent-Mail|Outbox Sent
        Gesendet|Gesendete Objekte|Gesendete Elemente|Gesendete Nachrichten|Postausgang gesendet
        Envoyés|Éléments envoyés|Messages envoyés|Courrier envoyé|Objets envoyés
        Enviados|Elementos enviados|Mensajes enviados|Correo enviado|Enviadas|Itens Enviados|Mensagens enviadas
        Inviati|Posta inviata|Elementi inviati|Enviats|Verzonden|Verzonden items|Verzonden berichten
        Sendt|Sendte elementer|Sendt post|Sendt e-post|Skickat|Skickade|Skickade objekt
        Lähetetyt|Lähetetyt kohteet|Wysłane|Elementy wysłane|Odeslané|Odeslaná pošta|Odoslané|Odoslaná pošta
        Elküldött|Elküldött elemek|Trimise|Elemente trimise|Poslano|Poslané|Gönderilmiş|Gönderilmiş Öğeler|Gönderilenler
        Отправленные|Надіслані|Изпратени|Απεσταλμένα|送信済み|送信済みアイテム|送信済みメール
        已发送|已发送邮件|已傳送|寄件備份|보낸편지함|보낸 편지함|보낸 메일함|פריטים שנשלחו|العناصر المرسلة|البريد المرسل""",
    Role.DRAFTS: """
        Drafts|Draft|Entwürfe|Entwurf|Brouillons|Brouillon|Borradores|Borrador|Rascunhos|Bozze|Esborranys
        Concepten|Kladder|Kladde|Utkast|Luonnokset|Szkice|Kopie robocze|Wersje robocze|Koncepty|Rozepsané|Piszkozatok
        Ciorne|Nacrti|Osnutki|Taslaklar|Черновики|Чернетки|Чернови|Πρόχειρα|下書き|草稿|草稿箱|草稿夾|임시보관함|임시 보관함
        טיוטות|المسودات|مسودات""",
    Role.TRASH: """
        Trash|Deleted|Deleted Items|Deleted Messages|Bin|Wastebasket|Rubbish|Garbage
        Papierkorb|Gelöscht|Gelöschte Objekte|Gelöschte Elemente|Gelöschte Nachrichten
        Corbeille|Éléments supprimés|Messages supprimés|Papelera|Elementos eliminados|Papelera de reciclaje
        Lixeira|Lixo Eliminado|Itens Excluídos|Itens Eliminados|Cestino|Posta eliminata|Elementi eliminati|Paperera
        Prullenbak|Verwijderde items|Papirkurv|Slettet post|Slettede elementer|Søppelkurv|Søppel
        Papperskorg|Papperskorgen|Borttaget|Borttagna objekt|Roskakori|Poistetut|Poistetut kohteet
        Kosz|Elementy usunięte|Koš|Odstraněná pošta|Kôš|Odstránené|Kuka|Lomtár|Törölt elemek|Coș de gunoi|Elemente șterse
        Otpad|Smeće|Çöp|Çöp Kutusu|Silinmiş Öğeler|Корзина|Удаленные|Удалённые|Кошик|Видалені|Кошче
        Κάδος απορριμμάτων|Διαγραμμένα|ゴミ箱|ごみ箱|削除済みアイテム|已删除|已删除邮件|垃圾桶|废件箱|刪除的郵件|휴지통|지운 편지함
        אשפה|פריטים שנמחקו|سلة المهملات|المهملات|العناصر المحذوفة""",
    Role.JUNK: """
        Junk|Spam|Junk E-mail|Junk Email|Junk Mail|Bulk|Bulk Mail|Spamverdacht|Unerwünscht|Unerwünschte Werbung
        Pourriel|Courrier indésirable|Indésirables|Correo no deseado|No deseado|Lixo Eletrônico|Lixo eletrónico
        Posta indesiderata|Indesiderata|Ongewenste e-mail|Ongewenst|Uønsket|Uønsket post|Uønsket e-mail|Søppelpost
        Skräppost|Roskaposti|Wiadomości-śmieci|Niechciane|Nevyžádaná pošta|Nevyžiadaná pošta|Levélszemét|Nežádoucí
        Önemsiz|Önemsiz E-posta|Gereksiz|Спам|Нежелательная почта|Небажана пошта|Нежелана поща|Ανεπιθύμητα
        迷惑メール|垃圾邮件|垃圾郵件|정크 메일|스팸|스팸메일함|스팸 메일함|דואר זבל|البريد غير الهام|بريد غير مرغوب""",
    Role.ARCHIVE: """
        Archive|Archives|Archived|Archiv|Archivio|Archivo|Archivos|Arquivo|Arquivos|Arquivo morto|Arxiu|Archief
        Arkiv|Arkisto|Archiwum|Archív|Archívum|Arhivă|Arhiva|Arşiv|Архив|Архів|Αρχείο|Αρχειοθήκη
        アーカイブ|存档|归档|封存|보관함|보관|ארכיון|الأرشيف|أرشيف""",
    Role.ALL: "All Mail|Alle Nachrichten|Tous les messages|Todos|Tutti i messaggi|Вся почта",
    Role.FLAGGED: "Starred|Flagged|Markiert|Suivis|Destacados|Speciali|Помеченные",
}


def _plain(name: str) -> str:
    """Accents as one character whatever the server makes of them, and no case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold().strip())


_ROLE_OF = {
    _plain(name): (role, rank)
    for role, names in _NAMES.items()
    for rank, name in enumerate(names.replace("\n", "|").split("|"))
    if name.strip()
}
"""Name to role, and how likely it is among the names of that role: the smaller the likelier."""
_BY_NAME_ALONE = frozenset({Role.SENT, Role.DRAFTS, Role.TRASH, Role.JUNK, Role.ARCHIVE})


def _ranked(path: str) -> tuple[Role, int] | None:
    """What a folder with this display path is probably for, and the rank of that name; only folders on top, or in a
    provider's own branch.
    """
    levels = path.split("/")
    wide = levels[0].casefold() in {"[gmail]", "[google mail]", "inbox"} and len(levels) > 1
    if wide:
        levels = levels[1:]
    if len(levels) != 1:
        return None
    found = _ROLE_OF.get(_plain(levels[0]))
    return found if found is not None and (found[0] in _BY_NAME_ALONE or wide) else None


def assign(folders: Sequence[tuple[str, frozenset[bytes], bool]]) -> list[Role | None]:
    """The role of each ``(display path, attributes in upper case, selectable)``; each role is given once.

    What the server says wins; a name counts only for a role that the server gave nobody.
    """
    roles: list[Role | None] = [None] * len(folders)
    taken: set[Role] = set()
    for index, (path, attributes, selectable) in enumerate(folders):
        if not selectable:
            continue
        if path == "INBOX":
            roles[index] = Role.INBOX
            continue
        for attribute in sorted(attributes):
            role = SPECIAL_USE.get(attribute)
            if role is not None and role not in taken:
                roles[index] = role
                taken.add(role)
                break
    by_name = [
        (found, index)
        for index, (path, _attributes, selectable) in enumerate(folders)
        if selectable and roles[index] is None and (found := _ranked(path)) is not None
    ]
    # The likeliest name first, whatever order the server lists them in.
    for (role, _rank), index in sorted(by_name, key=lambda candidate: (candidate[0][1], folders[candidate[1]][0])):
        if role not in taken:
            roles[index] = role
            taken.add(role)
    return roles
