"""Ways in: web form, SMS, voice. Each only translates; all end in open_ticket (DESIGN §2.1)."""
