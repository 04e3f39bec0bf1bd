"""What the server tells. Numbers are ``Decimal``, times are in UTC; what isn't known is None."""

from ._accounts import *
from ._books import *
from ._imports import *
from ._market import *
from ._orders import *
from ._page import *
from ._performance import *
from ._trading import *
from ._webhooks import *
