using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    // As much of ESAPI as Eclipse.cs needs, to say and do what neither the mock nor a database can hold. Members are
    // fields where a test sets them; Calls says what was done, in order.

    public class ApiDataObject
    {
        public string Id { get; set; }
    }

    public class Patient : ApiDataObject
    {
        public List<ApiDataObject> ReferencePoints { get; set; }
        public readonly List<Course> Courses = new List<Course>();
        public Exception OnRemove;

        public void BeginModifications()
        {
        }

        public Course AddCourse()
        {
            Courses.Add(new Course { Patient = this });
            return Courses.Last();
        }

        public void RemoveCourse(Course course)
        {
            Courses.Remove(course);
        }
    }

    public class Course : ApiDataObject
    {
        public Patient Patient;
        public readonly List<PlanSetup> PlanSetups = new List<PlanSetup>();

        public ExternalPlanSetup AddExternalPlanSetup(StructureSet structures)
        {
            PlanSetups.Add(new ExternalPlanSetup());
            Patient.ReferencePoints.Add(new ApiDataObject { Id = "RP" + Patient.ReferencePoints.Count });
            return (ExternalPlanSetup)PlanSetups.Last();
        }

        public PlanSetup CopyPlanSetup(PlanSetup plan)
        {
            PlanSetups.Add(new ExternalPlanSetup { Calculation = ((ExternalPlanSetup)plan).Calculation });
            return PlanSetups.Last();
        }

        public void RemovePlanSetup(PlanSetup plan)
        {
            if (Patient.OnRemove != null)
            {
                throw Patient.OnRemove;
            }
            PlanSetups.Remove(plan);
        }
    }

    public class StructureSet : ApiDataObject
    {
    }

    public class CalculationResult
    {
        public bool Success;
    }

    public class BeamCalculationLog
    {
        public IEnumerable<string> MessageLines;
    }

    public class MLC
    {
        public string Model;
    }

    public class ExternalBeamTreatmentUnit : ApiDataObject
    {
        public double SourceAxisDistance;
    }

    public class ControlPoint
    {
        public double MetersetWeight, GantryAngle, CollimatorAngle, PatientSupportAngle;
        public VRect<double> JawPositions;
        public float[,] LeafPositions;
    }

    public class Beam : ApiDataObject
    {
        public string EnergyModeDisplayName;
        public bool IsSetupField;
        public bool IsImagingTreatmentField { get; set; } // asked for by its name
        public int BeamNumber;
        public ExternalBeamTreatmentUnit TreatmentUnit;
        public MLC MLC;
        public MLCPlanType MLCPlanType;
        public VVector IsocenterPosition;
        public MetersetValue Meterset;
        public double WeightFactor;
        public List<ControlPoint> ControlPoints;
        public List<BeamCalculationLog> CalculationLogs = new List<BeamCalculationLog>();
        public Func<Fluence> OptimalFluence;

        public Fluence GetOptimalFluence()
        {
            return OptimalFluence();
        }
    }

    public class PlanSetup : ApiDataObject
    {
        public readonly List<Beam> Beams = new List<Beam>();
        public readonly List<string> Calls = new List<string>();
        public string UID, PhotonCalculationModel = "AAA";
        public PlanSetupApprovalStatus ApprovalStatus;
        public PatientOrientation TreatmentOrientation = PatientOrientation.HeadFirstSupine;
        public StructureSet StructureSet;
        public bool IsDoseValid = true;
        public Dose Dose;
        public int? NumberOfFractions = 20;
        public DoseValue DosePerFraction = new DoseValue(2, DoseValue.DoseUnit.Gy);
        public DoseValue TotalDose = new DoseValue(40, DoseValue.DoseUnit.Gy);
        public double TreatmentPercentage = 1;
        private double _normalisation = double.NaN;
        private DoseValuePresentation _presentation;

        public double PlanNormalizationValue
        {
            get { return _normalisation; }
            set { _normalisation = value; Calls.Add("normalisation"); }
        }

        public DoseValuePresentation DoseValuePresentation
        {
            get { return _presentation; }
            set { _presentation = value; Calls.Add("presentation " + value); }
        }

        public void SetPrescription(int fractions, DoseValue dose, double percentage)
        {
            Calls.Add("prescription");
        }

        public string GetCalculationModel(CalculationType type)
        {
            return null;
        }

        public Dictionary<string, string> GetCalculationOptions(string model)
        {
            return new Dictionary<string, string>();
        }

        public void SetCalculationModel(CalculationType type, string model)
        {
        }

        public bool SetCalculationOption(string model, string name, string value)
        {
            return true;
        }
    }

    public class ExternalPlanSetup : PlanSetup
    {
        public Func<CalculationResult> Calculation;

        /// <summary>Whether an evaluation dose is in per cent whatever is asked for.</summary>
        public bool IsAlwaysPercent;

        public CalculationResult CalculateDose()
        {
            return Calculation();
        }

        public CalculationResult CalculateLeafMotions(LMCVOptions options)
        {
            return Calculation();
        }

        public IEnumerable<string> GetModelsForCalculationType(CalculationType type)
        {
            return new[] { "Varian Leaf Motion Calculator [fake]", "AAA [fake]" };
        }

        public EvaluationDose CopyEvaluationDose(Dose existing)
        {
            Calls.Add("copy");
            Dose = new EvaluationDose(this, existing);
            return (EvaluationDose)Dose;
        }

        /// <summary>A handle of its own each time, as wrappers are.</summary>
        public EvaluationDose DoseAsEvaluationDose
        {
            get { return new EvaluationDose(this, Dose); }
        }
    }

    public class Dose
    {
        public readonly int XSize = 3, YSize = 2, ZSize = 2;
        public double XRes = 2.5, YRes = 2.5, ZRes = 2.5;
        public VVector Origin, XDirection = new VVector(1, 0, 0), YDirection = new VVector(0, 1, 0), ZDirection = new VVector(0, 0, 1);
        public int[][,] Planes = { new int[3, 2], new int[3, 2] };

        public void GetVoxels(int k, int[,] buffer)
        {
            Array.Copy(Planes[k], buffer, buffer.Length);
        }

        public DoseValue.DoseUnit Unit = DoseValue.DoseUnit.Percent;

        /// <summary>One count is 0.0001 % of 40 Gy.</summary>
        public virtual DoseValue VoxelToDoseValue(int count)
        {
            double factor = Unit == DoseValue.DoseUnit.Percent ? 1 : Unit == DoseValue.DoseUnit.Gy ? 0.4 : 40;
            return new DoseValue(count * 1e-4 * factor, Unit);
        }
    }

    public class BeamDose : Dose
    {
        public DoseValue GetAbsoluteBeamDoseValue(DoseValue relative)
        {
            return relative;
        }
    }

    public class EvaluationDose : Dose
    {
        private readonly ExternalPlanSetup _plan;

        public EvaluationDose(ExternalPlanSetup plan, Dose existing)
        {
            _plan = plan;
            Planes = existing.Planes;
        }

        public override DoseValue VoxelToDoseValue(int count)
        {
            double percent = count * 1e-4;
            return _plan.IsAlwaysPercent || _plan.DoseValuePresentation == DoseValuePresentation.Relative
                ? new DoseValue(percent, DoseValue.DoseUnit.Percent)
                : new DoseValue(percent * 40 / 100, DoseValue.DoseUnit.Gy);
        }

        public void SetVoxels(int k, int[,] values)
        {
            _plan.Calls.Add("voxels");
            Planes[k] = (int[,])values.Clone();
        }
    }

    public class Image : ApiDataObject
    {
        public int XSize, YSize, ZSize;
        public double XRes, YRes, ZRes;
        public VVector Origin, XDirection, YDirection, ZDirection;
    }
}
