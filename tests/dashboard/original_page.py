"""A Streamlit page as the system before had one: it knows an address, two bodies and a `message`, and nothing of us."""

import os

import requests
import streamlit as st

API_URL = os.environ["ORIGINAL_API_URL"]


def call(body):
    """Send one request and show what the server says of it."""
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
