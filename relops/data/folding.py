"""Words as they are compared: without case, width, the accents of Latin letters and the unsimplified script."""

from __future__ import annotations

import re
import unicodedata

ACCENTS = re.compile("[\u0300-\u036f]")
# characters of headers and of states; both ways to write an account are one
SIMPLIFIED = str.maketrans(
    "訂單價實數號會員應總營點對發賣買顧時間幣額貨費關閉絕敗審併經銷處項種類賬帳帐結還換運訊資話電機聯絡條碼編體稱規優"
    "減贈儲錄記開啟問題評論滿備註說狀態門櫃檯臺區縣郵遞達領無產標籤簽獎積級層組別個張筆萬億終進務網頁線觸師醫導購預約"
    "離國歸屬從傳試驗變樣負責刪確認請過轉撥動專屆場廣誤",
    "订单价实数号会员应总营点对发卖买顾时间币额货费关闭绝败审并经销处项种类账账账结还换运讯资话电机联络条码编体称规优"
    "减赠储录记开启问题评论满备注说状态门柜台台区县邮递达领无产标签签奖积级层组别个张笔万亿终进务网页线触师医导购预约"
    "离国归属从传试验变样负责删确认请过转拨动专届场广误")


def fold(text: str) -> str:
    """Return a text in lower case and plain width, Latin letters without accents, traditional characters simplified;
    other scripts keep their marks."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text.replace("°", "o")))
    return unicodedata.normalize("NFKC", plain).lower().translate(SIMPLIFIED)
