"""Coming in and one's own account: sign in, links, devices, keys for programs, language."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from federation.storage import UnitOfWork
from node import accounts, i18n, joining, limits, mail, members, vouching
from node.accounts import (
    SCOPES,
    AccountView,
    LinkView,
    Purpose,
    SignedIn,
    check_password,
    hashed,
    scopes_of,
)
from node.accounts.webauthn import Credential
from node.errors import Closed, Conflict, InvalidInput, NodeError, NotAllowed, NotFound
from node.i18n import Text, _
from ui.web import forms, held, passkeys, sessions
from ui.web.context import member_of, node_of, visitor_of
from ui.web.entering import TOO_MANY_TRIES, device_of, enter, opened_by_hand
from ui.web.identity import look_again
from ui.web.joining_forms import InvitedForm, invited_form
from ui.web.membership_forms import NameForm
from ui.web.navigation import local_path, see_other
from ui.web.reading import read_form, read_text
from ui.web.templating import render
from ui.web.way_in_forms import ComeInAgainForm, PasskeyForm

routes = web.RouteTableDef()

AddPasskey = Callable[[UnitOfWork, str, bytes, Credential, str], Awaitable[None]]


@routes.get("/sign-in")
async def sign_in_page(request: web.Request) -> web.StreamResponse:
    back = local_path(request.query.get("next"))
    if visitor_of(request).account is not None:
        return see_other(back)
    return await show_sign_in(request, forms.SignInForm(), back)


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.StreamResponse:
    data = await read_form(request)
    form, back = forms.SignInForm(data), local_path(str(data.get("next", "/")))
    refused, status = "", 422
    if form.validate() and not await held.is_resent(request):
        try:
            signed_in = await enter(request, form.handle.data, form.password.data)
        except NodeError as error:
            refused, status = str(error), 429 if error.code == TOO_MANY_TRIES else 422
        else:
            return await welcome(request, signed_in, back)
    along = await read_text(request, held.FIELD)
    return await show_sign_in(request, form, back, status=status, refused=refused, along=along)


async def welcome(request: web.Request, signed_in: SignedIn, back: str) -> web.StreamResponse:
    """Let somebody in who has just shown who they are, and lead them to where they were going."""
    again = await held.again(request, signed_in, back, await read_text(request, held.FIELD))
    response = again or see_other(back, told="welcome")
    sessions.sign_in(response, node_of(request).config, signed_in.token)
    return response


async def show_sign_in(
    request: web.Request,
    form: forms.SignInForm,
    back: str,
    *,
    status: int = 200,
    refused: Text = "",
    along: str = "",
) -> web.StreamResponse:
    """The page by which one comes in, with why it did not work. along: what they sent before."""
    async with node_of(request).reading() as reader:
        takes_in = await joining.is_open(reader)
    page = await render(
        request,
        "account/sign_in.html",
        status=status,
        form=form,
        next=back,
        refused=refused,
        takes_in=takes_in,
        along=along,
    )
    if along:
        page.headers["Cache-Control"] = "no-store"
    return page


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.StreamResponse:
    node = node_of(request)
    token = sessions.read(request, node.config, "session")
    if token is not None:
        await node.write(lambda uow: accounts.sign_out(uow, token))
    response = see_other("/", told="signed-out")
    sessions.sign_out(response, node.config)
    return response


@routes.get("/in/{code}")
async def link_page(request: web.Request) -> web.StreamResponse:
    """Show what a one-time link does. One that only signs in does so at once for a person who
    opened it themselves; a messenger's preview or a link on another site gets a button first."""
    link = await _link(request)
    if link is None:
        return await render(request, "account/link_gone.html", status=410)
    if link.purpose is Purpose.RECOVERY:
        return await render(request, "account/again.html", link=link, form=ComeInAgainForm())
    if link.account is not None and opened_by_hand(request):
        return await _redeem(request, {})
    version, asked = await _asked(request, link)
    return await _welcome(request, link, version, asked, invited_form(asked, name=link.name))


@routes.post("/in/{code}")
async def use_link(request: web.Request) -> web.StreamResponse:
    """Sign in by a one-time link; a new account is made from the answers of the form."""
    link = await _link(request)
    if link is None:
        return await render(request, "account/link_gone.html", status=410)
    if link.purpose is Purpose.RECOVERY:
        return await _come_in_again(request, link)
    if link.account is not None:
        return await _redeem(request, {})
    version, asked = await _asked(request, link)
    form = invited_form(asked, await read_form(request))
    if asked and await read_text(request, "version") != str(version):
        form.untick()
        return await _welcome(request, link, version, asked, form, status=409)
    if form.validate():
        try:
            return await _come_in(request, form, version if asked else None)
        except InvalidInput as error:
            form.complain(error.fields)
        except NotAllowed as error:
            form.complain({"made": [error.public_message]})
        except Conflict as error:
            if error.code == "form-changed":
                version, asked = await _asked(request, link)
                form = invited_form(asked, await read_form(request))
                form.untick()
                return await _welcome(request, link, version, asked, form, status=409)
            where = "made" if error.code == "passkey-known" else "handle"
            form.complain({where: [error.public_message]})
    return await _welcome(request, link, version, asked, form, status=422)


async def _asked(request: web.Request, link: LinkView) -> tuple[int, joining.Form | None]:
    """What whoever becomes a member by this link agrees to; None: to nothing."""
    async with node_of(request).reading() as reader:
        if not await members.makes_a_member(reader, link.id):
            return 0, None
        version, form = await joining.current_form(reader)
    if not form.consents:
        return version, None
    return version, joining.told(form, visitor_of(request).language)


async def _welcome(
    request: web.Request,
    link: LinkView,
    version: int,
    asked: joining.Form | None,
    form: InvitedForm,
    *,
    status: int = 200,
) -> web.StreamResponse:
    form.made.data = ""  # it will not do a second time: the browser is asked anew
    return await render(
        request,
        "account/welcome.html",
        status=status,
        link=link,
        version=version,
        asked=asked,
        changed=status == 409,
        form=form,
    )


async def _come_in(
    request: web.Request, form: InvitedForm, agreed: int | None
) -> web.StreamResponse:
    """By a passkey that the browser made, else by a password."""
    answers = {"name": form.name.data, "handle": form.handle.data}
    if form.made.data:
        made = await passkeys.made(request, form.made.data)
        return await _redeem(request, answers, agreed, first=made)
    check_password(form.password.data, form.handle.data)
    answers["password_hash"] = await hashed(form.password.data)
    return await _redeem(request, answers, agreed)


async def _come_in_again(request: web.Request, link: LinkView) -> web.StreamResponse:
    """A link for somebody who lost every other way in asks first how they come in from now on."""
    form = await forms.filled(ComeInAgainForm, request)
    if form.validate():
        try:
            return await _let_in_again(request, link, form)
        except InvalidInput as error:
            form.complain(error.fields)
        except (Conflict, NotAllowed) as error:
            form.complain({"made": [error.public_message]})
    form.made.data = ""  # it will not do a second time: the browser is asked anew
    return await render(request, "account/again.html", status=422, link=link, form=form)


async def _let_in_again(
    request: web.Request, link: LinkView, form: ComeInAgainForm
) -> web.StreamResponse:
    leads = ("/account", "let-in")
    if form.made.data:
        made = await passkeys.made(request, form.made.data)
        return await _redeem(request, {}, first=made, adds=accounts.add_passkey, leads=leads)
    check_password(form.password.data, link.account.handle if link.account else "")
    answers = {"password_hash": await hashed(form.password.data)}
    return await _redeem(request, answers, leads=leads)


async def _redeem(
    request: web.Request,
    answers: dict[str, str],
    agreed: int | None = None,
    *,
    first: passkeys.Made | None = None,
    adds: AddPasskey = accounts.add_first_passkey,
    leads: tuple[str, str] = ("/", "welcome"),
) -> web.StreamResponse:
    """agreed: to all that the joining form of this version asks. first: which passkey opens the
    account from now on, and `adds` how. leads: to which page, and what is told there."""
    node, code = node_of(request), request.match_info["code"]
    read_in, device = visitor_of(request).language, device_of(request)
    called = str(accounts.device_words(device))

    async def come_in(uow: UnitOfWork) -> SignedIn:
        done = await accounts.redeem_link(
            uow, code, by_passkey=first is not None, device=device, **answers
        )
        if first is not None:
            await adds(uow, done.account.id, first.challenge, first.credential, called)
        if agreed is not None:
            await joining.agree_as_invited(uow, done.account.id, agreed, read_in)
        return done

    try:
        signed_in = await node.write(come_in)
    except (Closed, NotFound):
        return await render(request, "account/link_gone.html", status=410)
    path, told = leads
    response = see_other(path, told=told)
    sessions.sign_in(response, node.config, signed_in.token)
    return response


async def _link(request: web.Request) -> LinkView | None:
    async with node_of(request).reading() as reader:
        return await accounts.look_at_link(reader, request.match_info["code"])


@routes.get("/account")
async def account_page(request: web.Request) -> web.StreamResponse:
    return await show_account(request, member_of(request))


async def show_account(
    request: web.Request,
    account: AccountView,
    *,
    status: int = 200,
    token_form: forms.TokenForm | None = None,
    password_form: forms.PasswordForm | None = None,
    passkey_form: PasskeyForm | None = None,
    name_form: NameForm | None = None,
    new_token: str = "",
    misnamed: Mapping[str, tuple[str, Text]] | None = None,
    kept: Mapping[str, Text] | None = None,
) -> web.StreamResponse:
    """The page of one's own account, with the form that needs putting right.

    misnamed: by the id of a passkey, what it was to be called and why that cannot be. kept: by the
    same, why it cannot be removed.
    """
    async with node_of(request).reading() as reader:
        devices = await accounts.sessions(reader, account.id)
        tokens = await accounts.tokens(reader, account.id)
        known = await accounts.passkeys(reader, account.id)
        asked_again = await vouching.about(reader, account.id)
        codes_left = await accounts.recovery_codes_left(reader, account.id)
        letters = await mail.mail_of(reader, account.id)
        line = await members.acting_for(reader, account.id)
    this_device = accounts.device_words(device_of(request))
    return await render(
        request,
        "account/account.html",
        line=line,
        status=status,
        here="more",
        sessions=devices,
        tokens=tokens,
        new_token=new_token,
        codes_left=codes_left,
        asked_again=asked_again,
        letters=letters,
        how_words=mail.HOW_WORDS,
        passkeys=known,
        misnamed=misnamed or {},
        kept=kept or {},
        name_longest=limits.TOKEN_LABEL_LONGEST,
        name_form=name_form or NameForm(data={"name": account.name}),
        passkey_form=passkey_form or PasskeyForm(data={"name": str(this_device)}),
        token_form=token_form or _token_form(account),
        password_form=password_form or forms.PasswordForm(),
    )


@routes.post("/account/devices/{id}")
async def sign_device_out(request: web.Request) -> web.StreamResponse:
    account, session_id = member_of(request), request.match_info["id"]
    await node_of(request).write(lambda uow: accounts.revoke_session(uow, account.id, session_id))
    return see_other("/account", told="device-out")


@routes.post("/account/tokens")
async def make_token(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    form = _token_form(account, await read_form(request))
    if not form.validate():
        return await show_account(request, account, status=422, token_form=form)
    issued = await node_of(request).write(
        lambda uow: accounts.create_token(
            uow, account.id, label=form.label.data, scopes=frozenset(form.scopes.data)
        )
    )
    return await show_account(request, account, new_token=issued.secret)


@routes.post("/account/tokens/{id}")
async def take_token_back(request: web.Request) -> web.StreamResponse:
    account, token_id = member_of(request), request.match_info["id"]
    await node_of(request).write(lambda uow: accounts.revoke_token(uow, account.id, token_id))
    return see_other("/account", told="token-gone")


@routes.post("/account/password")
async def change_password(request: web.Request) -> web.StreamResponse:
    account, form = member_of(request), await forms.filled(forms.PasswordForm, request)
    if not form.validate():
        return await show_account(request, account, status=422, password_form=form)
    try:
        check_password(form.password.data, account.handle)
    except InvalidInput as error:
        form.complain(error.fields)
        return await show_account(request, account, status=422, password_form=form)
    digest, session = await hashed(form.password.data), visitor_of(request).session

    async def change(uow: UnitOfWork) -> None:
        await look_again(request, uow)
        await accounts.set_password(
            uow, account.id, digest, keep_session=session.id if session else None
        )

    await node_of(request).write(change)
    return see_other("/account", told="saved")


def _token_form(account: AccountView, data: object = None) -> forms.TokenForm:
    """The form with what this account could let a program do."""
    form, allowed = forms.TokenForm(data), scopes_of(account.roles)
    form.scopes.choices = forms.options(
        (name, words) for name, words in SCOPES.items() if name in allowed
    )
    return form


@routes.get("/language")
async def language_page(request: web.Request) -> web.StreamResponse:
    return await render(
        request,
        "account/language.html",
        here="more",
        languages=i18n.available_languages(),
        back=local_path(request.query.get("from")),
    )


@routes.post("/language")
async def choose_language(request: web.Request) -> web.StreamResponse:
    node, data = node_of(request), await read_form(request)
    tag = str(data.get("language", ""))
    if tag not in i18n.available_languages():
        raise NotFound(_("This node does not speak that language yet."))
    account = visitor_of(request).account
    if account is not None:
        await node.write(lambda uow: accounts.set_language(uow, account.id, tag))
    response = see_other(local_path(str(data.get("from", "/"))))
    sessions.write(response, node.config, "language", tag, seconds=365 * 24 * 3600)
    return response


@routes.post("/theme")
async def choose_theme(request: web.Request) -> web.StreamResponse:
    data = await read_form(request)
    response = see_other(local_path(str(data.get("from", "/"))))
    theme = "dark" if data.get("theme") == "dark" else "light"
    sessions.write(response, node_of(request).config, "theme", theme, seconds=365 * 24 * 3600)
    return response
