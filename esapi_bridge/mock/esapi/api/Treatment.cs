using System;
using System.Collections.Generic;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    // Objects of these types come from treatment records and charts, which the database has not: scripts compile against
    // them, and the collections that would hold them are empty.

    /// <summary>A diagnosis.</summary>
    public abstract class Diagnosis : ApiDataObject
    {
        internal Diagnosis(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Text.</summary>
        public abstract string ClinicalDescription { get; }

        /// <summary>Code.</summary>
        public abstract string Code { get; }

        /// <summary>Table of the code.</summary>
        public abstract string CodeTable { get; }
    }

    /// <summary>A phase of a treatment.</summary>
    public abstract class TreatmentPhase : ApiDataObject
    {
        internal TreatmentPhase(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Remarks.</summary>
        public abstract string OtherInfo { get; }

        /// <summary>Days before it.</summary>
        public abstract int PhaseGapNumberOfDays { get; }

        /// <summary>Kind of the gap.</summary>
        public abstract string TimeGapType { get; }

        /// <summary>Its prescriptions.</summary>
        public abstract IEnumerable<RTPrescription> Prescriptions { get; }
    }

    /// <summary>A session of treatment.</summary>
    public abstract class TreatmentSession : ApiDataObject
    {
        internal TreatmentSession(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Number.</summary>
        public abstract long SessionNumber { get; }

        /// <summary>Plans of the session.</summary>
        public abstract IEnumerable<PlanTreatmentSession> SessionPlans { get; }
    }

    /// <summary>A plan in a session.</summary>
    public abstract class PlanTreatmentSession : ApiDataObject
    {
        internal PlanTreatmentSession(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>The plan.</summary>
        public abstract PlanSetup PlanSetup { get; }

        /// <summary>How far it came.</summary>
        public abstract TreatmentSessionStatus Status { get; }

        /// <summary>The session.</summary>
        public abstract TreatmentSession TreatmentSession { get; }
    }

    /// <summary>A prescription of a chart.</summary>
    public abstract class RTPrescription : ApiDataObject
    {
        internal RTPrescription(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>How often there is a bolus.</summary>
        public abstract string BolusFrequency { get; }

        /// <summary>How thick it is.</summary>
        public abstract string BolusThickness { get; }

        /// <summary>Energies.</summary>
        public abstract IEnumerable<string> Energies { get; }

        /// <summary>Kinds of radiation.</summary>
        public abstract IEnumerable<string> EnergyModes { get; }

        /// <summary>Gating.</summary>
        public abstract string Gating { get; }

        /// <summary>Its newest revision.</summary>
        public abstract RTPrescription LatestRevision { get; }

        /// <summary>Remarks.</summary>
        public abstract string Notes { get; }

        /// <summary>Number of fractions.</summary>
        public abstract int? NumberOfFractions { get; }

        /// <summary>Primary or boost.</summary>
        public abstract string PhaseType { get; }

        /// <summary>Its revision before.</summary>
        public abstract RTPrescription PredecessorPrescription { get; }

        /// <summary>Number of the revision.</summary>
        public abstract int RevisionNumber { get; }

        /// <summary>Whether a simulation is needed.</summary>
        public abstract bool? SimulationNeeded { get; }

        /// <summary>Site.</summary>
        public abstract string Site { get; }

        /// <summary>Status.</summary>
        public abstract string Status { get; }

        /// <summary>Technique.</summary>
        public abstract string Technique { get; }

        /// <summary>Targets.</summary>
        public abstract IEnumerable<RTPrescriptionTarget> Targets { get; }
    }

    /// <summary>A target of a prescription.</summary>
    public abstract class RTPrescriptionTarget : ApiDataObject
    {
        internal RTPrescriptionTarget(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Dose of a fraction.</summary>
        public abstract DoseValue DosePerFraction { get; }

        /// <summary>Number of fractions.</summary>
        public abstract int NumberOfFractions { get; }

        /// <summary>Target volume.</summary>
        public abstract string TargetId { get; }

        /// <summary>Isodose, per cent, or depth, mm.</summary>
        public abstract double Value { get; }
    }
}
