// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Base of everything that can be serialised in the real interface; nothing in the mock is.</summary>
    public abstract partial class SerializableObject
    {
    }

    /// <summary>
    /// An object of a patient. Wrappers are made for every access; those of one object are equal by == and Equals, never
    /// by ReferenceEquals (row 35).
    /// </summary>
    public abstract partial class ApiDataObject : SerializableObject
    {
        private readonly PatientState _patient;
        private readonly ObjectState _state;

        internal ApiDataObject(PatientState patient, ObjectState state)
        {
            _patient = patient;
            _state = state;
            patient.Session.Guard.Count();
        }

        /// <summary>Identifier within its parent.</summary>
        public string Id { get { Reading(); return IdText; } }

        /// <summary>Name.</summary>
        public string Name { get { Reading(); return NameText; } }

        /// <summary>Comment.</summary>
        public string Comment { get { Reading(); return CommentText; } }

        /// <summary>Who changed it last.</summary>
        public string HistoryUserName { get { Reading(); return User.MockUserId; } }

        /// <summary>Who changed it last.</summary>
        public string HistoryUserDisplayName { get { Reading(); return User.MockUserName; } }

        /// <summary>
        /// When it was changed last: by a script, else when it was made; without either <see cref="DateTime.MinValue"/> (row 56).
        /// </summary>
        public DateTime HistoryDateTime
        {
            get { Reading(); return Dated.Modified ?? Dated.Created ?? DateTime.MinValue; }
        }

        /// <summary>Whose times are its own: those of a plan for what belongs to the plan.</summary>
        internal virtual ObjectState Dated { get { return _state; } }

        internal PatientState Patients { get { return _patient; } }

        internal ObjectState State { get { return _state; } }

        internal abstract string IdText { get; }

        internal virtual string NameText { get { return ""; } }

        internal virtual string CommentText { get { return ""; } }

        /// <summary>Every access comes through here.</summary>
        internal void Reading()
        {
            _patient.Session.Guard.Read(_patient, _state);
        }

        /// <summary>Every change comes through here.</summary>
        internal void Writing()
        {
            _patient.Session.Guard.Write(_patient, _state);
        }

        /// <summary>Every new identifier comes through here: it must suit the object (row 34).</summary>
        internal string NewId(string id)
        {
            Writing();
            IdRules.Require(id, this);
            return id;
        }

        /// <summary>The identifier (ApiDataObject.ToString, ESAPI 15.6; that it is the identifier is assumed).</summary>
        public override string ToString()
        {
            return Id;
        }

        /// <summary>Whether both stand for one object.</summary>
        public override bool Equals(object obj)
        {
            ApiDataObject other = obj as ApiDataObject;
            return !ReferenceEquals(other, null) && GetType() == other.GetType() && ReferenceEquals(_state, other._state);
        }

        /// <summary>Hash of the object stood for.</summary>
        public override int GetHashCode()
        {
            return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(_state);
        }

        /// <summary>Whether both stand for one object.</summary>
        public static bool operator ==(ApiDataObject x, ApiDataObject y)
        {
            return ReferenceEquals(x, null) ? ReferenceEquals(y, null) : x.Equals(y);
        }

        /// <summary>Whether they stand for different objects.</summary>
        public static bool operator !=(ApiDataObject x, ApiDataObject y)
        {
            return !(x == y);
        }
    }
}
