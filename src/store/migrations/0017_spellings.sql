-- Carriers pass a telephone on in either of its forms (domain::phone::spellings). `caller` is now the shorter one, so that
-- whoever called is one caller, and this is the number as it came, where that is another one.
ALTER TABLE tracked_calls ADD COLUMN shown TEXT;

-- Mexico: the 1 of mobiles. Argentina: their 9.
UPDATE tracked_calls SET shown = caller, caller = '52' || SUBSTR(caller, 4)
    WHERE caller LIKE '521%' AND LENGTH(caller) = 13;
UPDATE tracked_calls SET shown = caller, caller = '54' || SUBSTR(caller, 4)
    WHERE caller LIKE '549%' AND LENGTH(caller) = 13;
-- Brazil: the ninth digit, behind the area.
UPDATE tracked_calls SET shown = caller, caller = SUBSTR(caller, 1, 4) || SUBSTR(caller, 6)
    WHERE caller LIKE '55__9%' AND LENGTH(caller) = 13;
-- Ivory Coast: the operator's two digits, which the old number tells.
UPDATE tracked_calls SET shown = caller, caller = '225' || SUBSTR(caller, 6)
    WHERE caller LIKE '225%' AND LENGTH(caller) = 13 AND SUBSTR(caller, 4, 2) = CASE
        WHEN SUBSTR(caller, 6, 2) IN ('20', '30') THEN '21'
        WHEN SUBSTR(caller, 6, 2) IN ('21', '22', '23', '24', '31', '32', '33', '34', '35', '36') THEN '27'
        WHEN SUBSTR(caller, 7, 1) IN ('7', '8', '9') THEN '07'
        WHEN SUBSTR(caller, 7, 1) IN ('4', '5', '6') THEN '05'
        ELSE '01' END;
-- Benin, and the fixed lines of Colombia.
UPDATE tracked_calls SET shown = caller, caller = '229' || SUBSTR(caller, 6)
    WHERE caller LIKE '22901%' AND LENGTH(caller) = 13;
UPDATE tracked_calls SET shown = caller, caller = '57' || SUBSTR(caller, 5)
    WHERE caller LIKE '5760%' AND LENGTH(caller) = 12 AND SUBSTR(caller, 5, 1) BETWEEN '1' AND '8';

-- Where two callers became one, their calls are counted anew at the next start.
DELETE FROM tracking_meta WHERE key = 'zone' AND EXISTS (SELECT 1 FROM tracked_calls WHERE shown IS NOT NULL);
