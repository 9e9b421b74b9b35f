// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A beam; set-up fields are beams too (row 22).</summary>
    public partial class Beam : ApiDataObject
    {
        private readonly PlanState _plan;

        internal Beam(PatientState patient, PlanState plan, BeamState state) : base(patient, state)
        {
            _plan = plan;
        }

        internal PlanState PlanState { get { return _plan; } }

        internal BeamState BeamState { get { return (BeamState)State; } }

        private BeamState Self { get { Reading(); return (BeamState)State; } }

        internal override string IdText { get { return BeamState.Id; } }

        internal override ObjectState Dated { get { return _plan; } }

        /// <summary>Identifier within the plan (row 34).</summary>
        public new string Id
        {
            get { return base.Id; }
            set { BeamState.Id = NewId(value); _plan.Changed = true; }
        }

        /// <summary>The plan.</summary>
        public PlanSetup Plan { get { Reading(); return new ExternalPlanSetup(Patients, _plan); } }

        /// <summary>Number within the plan.</summary>
        public int BeamNumber { get { return Self.Number; } }

        /// <summary>Whether it only sets the patient up: no dose, no fluence (row 22).</summary>
        public bool IsSetupField { get { return Self.IsSetup; } }

#if ESAPI_16
        /// <summary>Whether it is a treatment field for imaging; the database holds none.</summary>
        public bool IsImagingTreatmentField { get { Reading(); return false; } }
#endif

        /// <summary>Isocentre, DICOM mm.</summary>
        public VVector IsocenterPosition { get { return Self.Isocentre; } }

        /// <summary>Control points, two or more.</summary>
        public ControlPointCollection ControlPoints { get { Reading(); return new ControlPointCollection(this); } }

        /// <summary>The machine.</summary>
        public ExternalBeamTreatmentUnit TreatmentUnit
        {
            get { return new ExternalBeamTreatmentUnit(Patients, Self); }
        }

        /// <summary>The technique.</summary>
        public Technique Technique { get { return new Technique(Patients, Self); } }

        /// <summary>The MLC; null without one (row 32).</summary>
        public MLC MLC { get { return Self.HasMlc ? new MLC(Patients, BeamState) : null; } }

        /// <summary>What the MLC does.</summary>
        public MLCPlanType MLCPlanType { get { return BeamWords.MlcPlanType(Self); } }

        /// <summary>Sense in which the gantry turns.</summary>
        public GantryDirection GantryDirection { get { return BeamWords.Direction(Self); } }

#if ESAPI_18
        // Row 37: 18 only.

        /// <summary>Whether the intensity is modulated.</summary>
        public bool IsIMRT { get { return Self.Technique == "DYNAMIC"; } }

        /// <summary>The technique.</summary>
        public BeamTechnique BeamTechnique { get { return BeamWords.Technique(Self); } }
#endif

        /// <summary>Energy and fluence mode, for example "10X-FFF".</summary>
        public string EnergyModeDisplayName { get { return BeamWords.Energy(Self); } }

        /// <summary>Monitor units a minute.</summary>
        public int DoseRate { get { return Self.DoseRate; } }

        /// <summary>Monitor units of a fraction.</summary>
        public MetersetValue Meterset
        {
            get
            {
                return Self.IsSetup
                    ? new MetersetValue(double.NaN, DosimeterUnit.Null)
                    : new MetersetValue(BeamState.MetersetMu, DosimeterUnit.MU);
            }
        }

        /// <summary>Monitor units per gray of the prescribed dose of a fraction.</summary>
        public double MetersetPerGy
        {
            get { return Self.MetersetMu / (_plan.TotalDoseGy / (_plan.Fractions ?? 1)); }
        }

        /// <summary>Weight.</summary>
        public double WeightFactor { get { return Self.WeightFactor; } }

        /// <summary>Dose of the beam; null if there is none (row 13).</summary>
        public BeamDose Dose { get { return Self.Dose == null ? null : new BeamDose(Patients, _plan, BeamState); } }

        /// <summary>What the calculations wrote.</summary>
        public IEnumerable<BeamCalculationLog> CalculationLogs
        {
            get { return Self.Logs.Select(log => new BeamCalculationLog(this, log)); }
        }

        /// <summary>Where the source is at a gantry angle, DICOM mm.</summary>
        public VVector GetSourceLocation(double gantryAngle)
        {
            return Self.Isocentre + SourceDirection.Of(_plan.Orientation, gantryAngle, BeamState.Points[0].CouchDeg)
                * BeamState.SadMm;
        }

        /// <summary>The optimal fluence; null if there is none (row 24).</summary>
        public Fluence GetOptimalFluence()
        {
            return Self.Fluence;
        }

        /// <summary>Whether the beam takes a fluence, and why not.</summary>
        public bool CanSetOptimalFluence(Fluence fluence, out string message)
        {
            message = FluenceRules.Fault(Self, fluence) ?? "";
            return message.Length == 0;
        }

        /// <summary>
        /// Gives the beam an optimal fluence; doses and leaf motions of the plan are no longer valid (row 28).
        /// </summary>
        public void SetOptimalFluence(Fluence fluence)
        {
            Writing();
            string fault = FluenceRules.Fault(BeamState, fluence);
            if (fault != null)
            {
                throw new ArgumentException(fault);  // known for row 18, assumed for rows 19, 21, 22, 23
            }
            BeamState.Fluence = fluence;
            BeamState.LeafMotionsMissing = true;
            _plan.InvalidateDose();
            _plan.Changed = true;
        }

        /// <summary>A detached copy of what may be edited (row 25).</summary>
        public BeamParameters GetEditableParameters()
        {
            return new BeamParameters(Self, GantryDirection);
        }

        /// <summary>Applies edited parameters, all or none; the plan's doses are no longer valid (rows 25, 28).</summary>
        public void ApplyParameters(BeamParameters beamParams)
        {
            Writing();
            if (beamParams == null)
            {
                throw new ArgumentNullException("beamParams");
            }
            ParameterRules.Apply(BeamState, beamParams);
            _plan.InvalidateDose();
            _plan.Changed = true;
        }
    }
}
