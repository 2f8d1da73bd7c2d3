"""A Streamlit page like the one of the previous system: it knows only a URL, two request bodies and `message`."""

import os

import requests
import streamlit as st

API_URL = os.environ["ORIGINAL_API_URL"]


def call(body):
    """Send one request and show the server's message."""
    try:
        response = requests.post(API_URL, json=body, timeout=120)
        message = response.json()["message"]
    except (requests.RequestException, ValueError, KeyError):
        st.error("Something went wrong. Try again.")
        return
    if response.status_code == 200:
        st.success(message)
    else:
        st.error(message)


st.title("OTP")

email = st.text_input("Email")
if st.button("Send OTP"):
    call({"action": "send_otp", "email": email})

otp = st.text_input("OTP")
if st.button("Verify OTP"):
    call({"action": "verify_otp", "email": email, "otp": otp})
