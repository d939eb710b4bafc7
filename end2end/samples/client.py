"""What a user of the Python library does, in an order that sends JSON before the Numbers API's forms.

Arguments: host of the platform, key, secret, a telephone. Prints what it got as one line of JSON, after each step that the
test has to do something for.
"""

import json
import sys

from vonage import Auth, HttpClientOptions, Vonage
from vonage_application import ApplicationConfig
from vonage_messages import Sms
from vonage_number_insight import BasicInsightRequest
from vonage_numbers import (
    ListOwnedNumbersFilter,
    NumberParams,
    SearchAvailableNumbersFilter,
    UpdateNumberParams,
)
from vonage_sms import SmsMessage
from vonage_users import User
from vonage_voice import CreateCallRequest, Phone, Talk, ToPhone

host, key, secret, phone = sys.argv[1:5]
options = HttpClientOptions(api_host=host, rest_host=host)


def say(**what):
    print(json.dumps(what), flush=True)


owner = Vonage(Auth(api_key=key, api_secret=secret), options)
application = owner.application.create_application(
    ApplicationConfig(
        name="Python",
        capabilities={
            "voice": {
                "webhooks": {
                    "answer_url": {"address": "http://127.0.0.1:9/answer", "http_method": "GET"},
                    "event_url": {"address": "http://127.0.0.1:9/event", "http_method": "POST"},
                }
            }
        },
    )
)

# The library goes on saying application/json from here, also of forms.
found, _, _ = owner.numbers.search_available_numbers(SearchAvailableNumbersFilter(country="IE"))
number = NumberParams(country="IE", msisdn=found[0].msisdn)
bought = owner.numbers.buy_number(number)
linked = owner.numbers.update_number(
    UpdateNumberParams(country="IE", msisdn=number.msisdn, app_id=application.id)
)
owned, _, _ = owner.numbers.list_owned_numbers(ListOwnedNumbersFilter(application_id=application.id))
insight = owner.number_insight.get_basic_info(BasicInsightRequest(number=phone))
balance = owner.account.get_balance()
say(
    bought=bought.error_code,
    linked=linked.error_code,
    owned=[one.msisdn for one in owned],
    number=number.msisdn,
    country=insight.country_code,
    balance=balance.value,
)

client = Vonage(Auth(application_id=application.id, private_key=application.keys.private_key), options)
user = client.users.create_user(User(name="ines"))
call = client.voice.create_call(
    CreateCallRequest(
        to=[ToPhone(number=phone)],
        from_=Phone(number=number.msisdn),
        ncco=[Talk(text="Spoken by Python.", loop=0)],
    )
)
say(user=user.id, call=call.uuid)
sys.stdin.readline()
status = client.voice.get_call(call.uuid).status
client.voice.hangup(call.uuid)
sms = owner.sms.send(SmsMessage(to=phone, from_=number.msisdn, text="The older way"))
message = client.messages.send(Sms(to=phone, from_=number.msisdn, text="The newer way"))
canceled = owner.numbers.cancel_number(number)
say(status=status, sms=sms.messages[0].status, message=message.message_uuid, canceled=canceled.error_code)
