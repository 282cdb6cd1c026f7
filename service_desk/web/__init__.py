"""What all pages share: templates, words in both languages, formats, styles, security headers.

How a feature adds a page
-------------------------
1. A handler in `service_desk/<feature>/pages.py`, in that feature's one `router`, which `app.py`
   lists. It names who may call it, reads the clock, calls one operation or query, and renders::

       @get("/suppliers", guards=[needs_staff])
       async def show_suppliers(request: StaffRequest) -> Response[str]:
           return page(request, "suppliers/list.html", suppliers=await list_suppliers())

       router = Router("/", route_handlers=[show_suppliers], include_in_schema=False)

2. A template in `web/templates/<feature>/`, extending `base.html` (staff) or `public.html`
   (customers). It starts with `{% from "macros.html" import ... %}` for fields, badges, tables and
   empty states; `base.html` lists its blocks. Texts are English inside `_("…")`, placeholders are
   `%(name)s`, a literal percent sign is `%%`. Plurals: `ngettext("%(num)s day", "%(num)s days",
   n)`.

3. Chinese in `i18n/translations/zh/<feature>.po`; a test names every text that lacks it. A sentence
   raised as a DeskError is a text too, with `{placeholders}`.

4. Every form that changes something is `<form method="post">` with `{{ csrf_input }}` in it,
   works without JavaScript, and ends in `see_other(path)`. A form that was refused is rendered
   again with what was typed and the sentence from `sentence(error, locale)`. htmx adds comfort:
   `<body>` sends the CSRF token with all of its requests, 4xx answers are swapped in.

5. Nothing inline: the Content-Security-Policy forbids `<script>…</script>`, `onclick=` and
   `style=`. Small scripts are files in `web/static/` (use `{{ static("name.js") }}`, in
   `{% block scripts %}`); data for them goes into `data-…` attributes or
   `<script type="application/json">`. Styles of one feature: a file, in `{% block styles %}`.

In every template: `me` (Principal or None), `locale`, `path`, `now`, `csrf_input`, `static()`,
`_()`, `ngettext()`; filters `local_time`, `local_date`, `due_in`, `money`, `duration`,
`name_of("state")` (a code in words; the groups are in `names.py`), `localized_name` (`name_en` or
`name_zh` of a category).
"""
