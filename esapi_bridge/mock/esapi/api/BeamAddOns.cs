using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    // What is put into a beam besides its MLC: an export with any of it is no case, so nothing in the mock makes one.

    /// <summary>An applicator of electrons.</summary>
    public abstract class Applicator : AddOn
    {
        internal Applicator(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>A tray.</summary>
    public abstract class Tray : AddOn
    {
        internal Tray(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>A compensator.</summary>
    public abstract class Compensator : ApiDataObject
    {
        internal Compensator(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>A block.</summary>
    public abstract class Block : AddOn
    {
        internal Block(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Whether its edges follow the rays.</summary>
        public abstract bool IsDiverging { get; }

        /// <summary>Share let through.</summary>
        public abstract double TransmissionFactor { get; }

        /// <summary>Its tray.</summary>
        public abstract Tray Tray { get; }
    }

    /// <summary>A bolus.</summary>
    public abstract class Bolus : SerializableObject
    {
        internal Bolus()
        {
        }

        /// <summary>Identifier.</summary>
        public abstract string Id { get; }

        /// <summary>Name.</summary>
        public abstract string Name { get; }

        /// <summary>CT number, HU.</summary>
        public abstract double MaterialCTValue { get; }
    }

    /// <summary>A wedge.</summary>
    public abstract class Wedge : AddOn
    {
        internal Wedge(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Direction, degrees.</summary>
        public abstract double Direction { get; }

        /// <summary>Angle, degrees.</summary>
        public abstract double WedgeAngle { get; }
    }

    /// <summary>A wedge made by a moving jaw.</summary>
    public abstract class DynamicWedge : Wedge
    {
        internal DynamicWedge(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>A wedge made by a moving jaw and a changing dose rate.</summary>
    public abstract class EnhancedDynamicWedge : DynamicWedge
    {
        internal EnhancedDynamicWedge(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>A wedge in the beam for a part of the time.</summary>
    public abstract class MotorizedWedge : Wedge
    {
        internal MotorizedWedge(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>A wedge of several.</summary>
    public abstract class OmniWedge : Wedge
    {
        internal OmniWedge(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>A wedge of metal.</summary>
    public abstract class StandardWedge : Wedge
    {
        internal StandardWedge(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }
}
