"""Every limit of the service, once, with its source."""

from datetime import timedelta

# Sizes
MAX_BODY_BYTES = 1024 * 1024
MAX_ERRORS = 2000  # fields named in one refusal: every field of 90 persons, and far from the 6 MB of a reply
MAX_PERSONS = 90  # with header, history, message, mail, draft and counters 99 of a transaction's 100 actions
ENTERPRISE_NAME = 200  # characters: of four bytes each, with the id behind them they fit into a key of 1,024 bytes
REPRESENTATIVE_NAME = 200  # characters of a legal representative's name, typed as it stands in the licence
MAX_AGENTS = 20  # H10
MAX_DRAFTS = 20  # F03, for each account
MAX_INVOICE_PROFILES = 20  # I04
REMEMBERED_BYTES = 390_000  # of a reply under an Idempotency-Key, sealed: an item of the table holds 400 KB
MEMBER_NAME = 100  # characters of a name in the list of a draft's members: in a draft anything may stand there
DRAFT_BYTES = 330_000  # of a draft, compressed and sealed: the reply to its saving repeats it, with its members
NUMBERS_A_DAY = 999_999  # applications that one day's six digits can count
MAX_ATTACHMENTS = 20  # for each person and each group
FILE_BYTES = 5 * 1024 * 1024  # of any attachment; kinds may allow less
IMAGE_PARTS = 10_000  # segments of a JPEG, chunks of a PNG that are read: far more than any camera or program writes
CELL_TEXT = 500  # characters of one cell that are read from a workbook
WORKBOOK_UNPACKED = 4 * 1024 * 1024  # bytes that an uploaded workbook may unpack to; more in uploaded_workbook
IMPORT_ROWS = 500  # decisions in one import
PAGE_DEFAULT = 10
PAGE_MAX = 100

# Days
YEARS = range(1900, 2201)  # of any day that is given to us: nobody is older, no passport or card ends later

# Drafts
DRAFT_LIFE = timedelta(days=180)  # F04, from the last save, in hours not calendar days
DRAFT_NET = timedelta(days=30)  # how long after its end a draft would be deleted by the table itself
UPLOAD_KEPT = timedelta(days=400)  # what nothing deleted before: the bucket's own rule for uploads/
UPLOAD_OLD = timedelta(days=200)  # from this age on, saving a draft renews its uploads: they outlive the draft

# Scheduled runs
RUN_RESERVE = timedelta(seconds=10)  # what is left of a Lambda's time when a run stops by itself
TRANSACTION_ACTIONS = 100

# Reminders
REMIND_DRAFT = timedelta(days=7)  # before its purge
REMIND_MONTHS = (9, 6, 3)  # before a passport or a card ends
REMIND_RETURNED = (timedelta(days=7), timedelta(days=21))  # after a return
REMINDED_LIFE = timedelta(days=730)  # how long it is remembered that a reminder was given

# Sessions
SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)
SESSION_TOUCH = timedelta(seconds=60)  # how exactly the last request is remembered

# Passwords
PASSWORD_MIN = 8
PASSWORD_MAX = 128

# Codes and tickets
EMAIL_CODE_DIGITS = 6
EMAIL_CODE_LIFE = timedelta(minutes=10)
EMAIL_CODE_RESEND = timedelta(seconds=60)
EMAIL_CODE_TRIES = 5
EMAIL_CODE_A_DAY = 10
TICKET_LIFE = timedelta(seconds=180)
TICKET_USE = timedelta(minutes=30)  # how long a confirmed ticket may be used to finish the form
TICKET_POLL = timedelta(seconds=2)
ASSERTION_LIFE = timedelta(minutes=2)

# Files
UPLOAD_LIFE = timedelta(minutes=15)
EXPORT_LIFE = timedelta(minutes=10)

# Notices
MESSAGE_LIFE = timedelta(days=730)
MAIL_LEASE = timedelta(minutes=2)
MAIL_WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480, 720, 1200)
)  # growing waits between tries, 48 h in all; then DEAD
MAIL_BATCH = 100
MAIL_DIGEST = 50  # events told in one mail; noted in one transaction of at most 100 actions
MAIL_RUN = timedelta(seconds=50)  # a relay stops by then, well within its leases
MAIL_RECORD_LIFE = timedelta(days=90)  # of an entry that came to its end

IDEMPOTENCY_LIFE = timedelta(hours=24)

# Keys
KEY_REREAD = timedelta(minutes=5)  # after this a process looks whether there is a newer key
KEY_GRACE = timedelta(minutes=11)  # after this nobody writes with the older one: the above, and the longest run

# Guessing passwords: failures in LOGIN_WINDOW
LOGIN_WINDOW = timedelta(minutes=15)
LOGIN_FAILURES = 10  # for one name from one network address
LOGIN_FAILURES_NAME = 50  # for one name from everywhere
LOGIN_FAILURES_ADDRESS = 1000  # for one network address, whatever names it tries

RECOVERY_LIFE = timedelta(minutes=30)  # from the request to the code, and from the code to the new password
