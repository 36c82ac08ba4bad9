"""Limits of the service that users or operators meet. Bounds of one parser or one retry lie beside their code."""

from datetime import timedelta

# Sizes
MAX_BODY_BYTES = 1024 * 1024
MAX_ERRORS = 2000  # fields in one refusal: all fields of 90 persons, well below the 6 MB of a reply
MAX_PERSONS = 90  # a submission of 90 is 100 of the 100 actions of a transaction
ENTERPRISE_NAME = 200  # characters: at 4 bytes each they fit, with the id, into a sort key of 1,024 bytes
ENTERPRISE_NAME_PARTS = 60  # places in the name of an enterprise at which a searched part may begin, each an item
REPRESENTATIVE_NAME = 200  # characters of a legal representative's name, typed as in the licence
MAX_AGENTS = 20  # H10
MAX_DRAFTS = 20  # F03, for each account
MAX_INVOICE_PROFILES = 20  # I04
MAX_STORED_REPLY_BYTES = 390_000  # of an encrypted reply stored for an Idempotency-Key: an item holds at most 400 KB
MEMBER_NAME = 100  # characters of a name in a draft's list of members; a draft accepts any text
DRAFT_BYTES = 330_000  # of a draft, compressed and encrypted: the reply to saving repeats it, with its members
NUMBERS_A_DAY = 999_999  # applications on one day: six digits
MAX_ATTACHMENTS = 20  # for each person and each group
FILE_BYTES = 5 * 1024 * 1024  # of any attachment; kinds may allow less
IMAGE_PARTS = 10_000  # segments of a JPEG or chunks of a PNG that are read; cameras and programs write far fewer
CELL_TEXT = 500  # characters of one cell that are read from a workbook
WORKBOOK_UNPACKED = (
    4 * 1024 * 1024
)  # bytes to which an uploaded workbook may expand; more limits in repos/files/uploaded_workbook.py
IMPORT_ROWS = 500  # rows in one list or workbook of answers, card events or foreign numbers
EXPORT_ROWS = 2_000  # rows of an officers' list in one workbook: some 80 requests to the table
EXPORT_TIME = timedelta(seconds=12)  # then an export of a list reads no further page
BATCH_DECISIONS = 100  # officers' decisions in one request: one of them can change a group of 90 persons
IMPORT_TIME = timedelta(seconds=20)  # then a list of acts begins no further row: API Gateway ends a request at 29 s
DOWNLOADS = 500  # download addresses in one reply; the largest application has 91 x 20 files
APPLICATIONS_COUNTED = 1000  # of each service, in the number that officers see of an enterprise
ENTERPRISES_SEARCHED = 10  # enterprises whose applications one list joins; more that match a part of a name are refused
PAGE_DEFAULT = 10
HISTORY_SHOWN = 20  # newest history entries in the detail of an application or a person
MAX_FOLLOW_UPS = 20  # follow-up applications about one person, open and closed
PAGE_MAX = 100
PAGE_REQUESTS = 20  # to the table for one page of applications; the page is then partial (docs/decisions/0046)
PAGE_TIME = timedelta(seconds=2)  # after which a page of applications reads no further and is partial

STATISTICS_MONTHS = 36  # in one answer of the statistics of offices: some 3 MB of totals for all offices
STATISTICS_AGE = timedelta(minutes=10)  # of the counts from which a process makes forecasts; they change by the day

# Quotas of one account for one day in China
APPLICATIONS_A_DAY = 200  # new applications; a busy agent completes some dozens of forms in a day
FOLLOW_UPS_A_DAY = 500  # a passport change or cancellation for the persons of five largest groups
TAKEN_NAMES_A_DAY = 50  # user names that an enterprise tried for agents and that were taken
REVEALS_A_DAY = 2_000  # persons whose fields were revealed; an officer who compares a person a minute makes 480
UPLOAD_BYTES_A_DAY = 20 * 1024 * 1024 * 1024  # announced; the largest application, 91 x 20 files of 5 MiB, twice
EXPORTS_A_DAY = 500  # workbooks
REVEAL_REPEAT = timedelta(hours=1)  # how long a reveal covers repetitions by the same account

# Dates
REOPEN_DAYS = 7  # calendar days after a rejection in which the desk that rejected can reopen it
CARD_YEARS = 5  # from the making of a card to its last day at most; an earlier end of the passport shortens it
PASSPORT_YEARS = 10  # from the issue of a passport to its last day at most
RENEWAL_MONTHS = 6  # before a card's last day: from then on offices take renewals (docs/domain.md 2.1)
YEARS = range(1900, 2201)  # years accepted in any date of a request

# Drafts
DRAFT_LIFE = timedelta(days=180)  # F04: 180 x 24 hours from the last save
DRAFT_TTL_GRACE = timedelta(days=30)  # after this, DynamoDB deletes a due draft that no purge has deleted

# Scheduled runs
RUN_SAFETY_MARGIN = timedelta(seconds=10)  # of a Lambda's time; a run stops when no more than this is left
TRANSACTION_ACTIONS = 100

# Reminders
REMIND_DRAFT = timedelta(days=7)  # before its purge
REMIND_MONTHS = (9, 6, 3)  # before a passport or a card ends
REMIND_RETURNED = (timedelta(days=7), timedelta(days=21))  # after a return
REMINDED_LIFE = timedelta(days=730)  # how long the record of a sent reminder is kept

# Sessions
SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)
SESSION_TOUCH_INTERVAL = timedelta(seconds=60)  # precision of the stored time of the last request
PROOF_LIFE = timedelta(minutes=15)  # how long the proof of a session covers acts on credentials and reveals
KNOWN_DEVICE_LIFE = timedelta(days=180)  # how long a device or network address stays known after a sign-in
ADDRESS_UNDO_LIFE = timedelta(days=7)  # how long the old mailbox can undo a change of the address

# Passwords
PASSWORD_MIN = 8
PASSWORD_MAX = 128
PASSWORD_GUESSES = 10**8  # guesses that a new password withstands by zxcvbn's estimate, where its score 3 begins
PASSWORD_PART = 16  # characters that are estimated at once: the time grows with their square

# Codes and tickets
EMAIL_CODE_DIGITS = 6
EMAIL_CODE_LIFE = timedelta(minutes=10)
EMAIL_CODE_RESEND = timedelta(seconds=60)
EMAIL_CODE_TRIES = 5
EMAIL_CODE_A_DAY = 10
REGISTRATION_CODES_MAILBOX = 5  # codes of registration to one mailbox in an hour
CONFIRMATION_CODES_MAILBOX = 5  # codes that confirm the mailbox of an agent, to one mailbox in an hour
CONFIRMATION_CODES_ENTERPRISE = 60  # such codes of all agents of an enterprise in a day, whoever was added and deleted
RECOVERIES_MAILBOX = 3  # recoveries by hand that mail one mailbox in an hour
RECOVERIES_SOURCE = 10  # recoveries by hand from one network address in an hour
ANONYMOUS_MAILS_A_DAY = 4_800  # mails of recoveries by hand in the whole portal; an alarm tells at half of it
TICKET_LIFE = timedelta(seconds=180)
TICKET_COMPLETION_TIME = timedelta(minutes=30)  # after confirmation, to complete the form
TICKET_POLL = timedelta(seconds=2)
ASSERTION_LIFE = timedelta(minutes=2)

# Files
UPLOAD_LIFE = timedelta(minutes=15)
UPLOAD_RETENTION = timedelta(days=7)  # the bucket's lifecycle rule for uploads/, for files that nothing else deleted
SUBMISSION_FILE_REQUESTS = 10  # requests to S3 of one submission, whatever the number of its files
INLINE_INSPECTIONS = 3  # uploads that a submission inspects itself, with at most 3 requests to S3 each, if needed
STATES_ASKED = 100  # attachments whose states are asked for in one request, which reads them at once
LISTED_UPLOADS = 1000  # uploads that a submission finds by one request to S3, to tell waiting from missing ones
UNCLAIMED_REVIEW = timedelta(days=6)  # how often the purge looks whether a draft or an application names a file
SCAN_TRIES = 3  # how often an upload is stored again for another scan, if the scanner gives no result
CLAIM_SETTLES = timedelta(hours=1)  # after this time no request still runs that claimed a file or read its verdict
EXPORT_LIFE = timedelta(minutes=10)

# Notices
MESSAGE_LIFE = timedelta(days=730)
MAIL_LEASE = timedelta(minutes=2)
MAIL_WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480, 720, 1200)
)  # growing waits between tries, 48 hours in all; then the mail is dead
MAIL_BATCH = 100
MAIL_DIGEST = 50  # events in one mail; recorded in one transaction of at most 100 actions
MAIL_RUN = timedelta(seconds=50)  # a relay stops after this time, well within its leases
MAIL_RECORD_LIFE = timedelta(days=90)  # of an outbox entry that was sent or given up

IDEMPOTENCY_LIFE = timedelta(hours=24)

# Keys
KEY_REREAD = timedelta(minutes=5)  # after this time a process checks for a newer key
KEY_GRACE = timedelta(
    minutes=11
)  # after this time no process writes with the older key: KEY_REREAD and the longest run

# Login throttle: failures in LOGIN_WINDOW
LOGIN_WINDOW = timedelta(minutes=15)
LOGIN_FAILURES = 10  # for one name from one network address
LOGIN_FAILURES_NAME = 50  # for one name from everywhere
LOGIN_FAILURES_ADDRESS = 1000  # for one network address and all names

# Passkeys
MAX_PASSKEYS = 10  # of one account
PASSKEY_NAME = 40  # characters
PASSKEY_CHALLENGE_LIFE = timedelta(minutes=5)

# Second step of officers' sign-in
SECOND_FACTOR_DRIFT = 1  # codes before and after the current one that are accepted, each of 30 seconds
RECOVERY_CODES = 10  # given at each set-up, each usable once

RECOVERY_LIFE = timedelta(minutes=30)  # from the request to the code, and from the code to the new password

CLIENT_REPORTS_PER_MINUTE = 120  # of pages about themselves, in one process
