"""What all pages share: templates, languages, forms, guards, styles, security headers.

How a feature adds a page
-------------------------
1. A handler in the feature's `pages.py`, in its one `router`, which `app.py` lists. (The pages of
   the agents' workspace, settings included, are in `workspace/`.) The handler names its guard,
   reads the clock, calls one operation or query, and renders::

       @get("/suppliers", guards=[needs_staff])
       async def show_suppliers(request: StaffRequest) -> Response[str]:
           return page(request, "suppliers/list.html", suppliers=await list_suppliers())

       router = Router("/", route_handlers=[show_suppliers], include_in_schema=False)

   Guards are in `web/access.py`: PUBLIC, needs_staff, needs_supervisor, needs_admin. Forms are read
   with `read_form` and `convert_form` (`web/forms.py`).

2. A template in `web/templates/<feature>/`, extending `base.html` (staff) or `public.html`
   (customers). It imports fields, badges, tables and empty states from `macros.html`; `base.html`
   lists its blocks. Texts are English inside `_("…")`, with placeholders `%(name)s`; a literal
   percent sign is `%%`. Plurals: `ngettext("%(num)s day", "%(num)s days", n)`.

3. Chinese in `i18n/translations/zh/<feature>.po`; tests/i18n/test_translate.py names every text
   that lacks it. The sentence of a DeskError is such a text too, with `{placeholders}`, and so is
   one in `N_("…")`.

4. Every form that changes something is `<form method="post">` with `{{ csrf_input }}`, works
   without JavaScript, and ends in `see_other(path)`. A form that is rejected is rendered again with
   what was typed and the sentence `error_text(error, locale_of(request))`. htmx adds comfort:
   `<body>` sends the CSRF token with all its requests, and 4xx responses are swapped in.

5. Nothing inline: the Content-Security-Policy forbids `<script>…</script>`, `onclick=` and
   `style=`. Scripts are small files in `web/static/` (`{{ static("name.js") }}`, in
   `{% block scripts %}`); their data is in `data-…` attributes or
   `<script type="application/json">`. The styles of a feature are a file, in `{% block styles %}`.

Every template has `me` (Principal or None), `locale`, `languages`, `path`, `now`, `demo`,
`csrf_input`, `csrf_token`, `static()`, `options_of()`, `_()` and `ngettext()`, and the filters
`local_time`, `local_date`, `due_in`, `duration`, `working_time`, `money`, `number`, `sms_cost`,
`name_of("state")` (the name of a code; its groups are in `i18n/names.py`), `localized_name`
(`name_en` or `name_zh`), `delivery_error` and `attributes`.
"""
