"""Every call of the API, as a value: what is asked, and how the answer is read. The clients' methods are made of these;
``client.iterate(call)`` follows those that give a page."""

from ._accounts import *
from ._books import *
from ._bots import *
from ._cache import *
from ._imports import *
from ._market import *
from ._orders import *
from ._performance import *
from ._strategies import *
from ._templates import *
from ._webhooks import *
